/**
 * One file or directory that the kernel knows or that we work on. Plain state; the inode table owns
 * identity and links, the attribute cache what is believed of it, write-back its dirty bytes.
 *
 * Life: made by a lookup; kept while the kernel holds lookups (nlookup), while it is open, while it
 * has unwritten bytes or known children; then forgotten. `detached` means that no name leads to it
 * any more.
 */

import type { FileType, RemoteAttributes } from './attributes.ts'

export class Inode {
  readonly nodeid: number
  readonly ino: number
  readonly type: FileType
  /** Undefined for the root and for detached inodes. */
  parent: Inode | undefined
  name: string
  detached = false
  /** Removed while open: it lives on under a name that is shown to nobody. */
  hidden = false
  readonly children = new Map<string, Inode>()
  nlookup = 0
  /** Open file and directory handles. */
  openCount = 0

  /** The last answer of the far side, corrected by own changes since. */
  remote: RemoteAttributes
  /** Clock of that answer; -Infinity: not to be believed. */
  remoteAtMs: number
  /** Version of the content: a new number whenever it changed otherwise than by our own writes. */
  version = 1
  /** The content version that the kernel's pages may hold. */
  kernelVersion = 0

  /** Size and mtime as programs see them while bytes are not yet confirmed by the far side. */
  localSize: number | undefined
  localMtimeNs: bigint | undefined
  /** The far side does not keep it: remembered for the life of the inode. */
  atimeNs: bigint | undefined

  /** When an own change was last begun or ended, on the change counter. */
  changedAt = 0
  /** Own changes under way. */
  changing = 0

  constructor(
    nodeid: number,
    ino: number,
    parent: Inode | undefined,
    name: string,
    remote: RemoteAttributes,
  ) {
    this.nodeid = nodeid
    this.ino = ino
    this.type = remote.type
    this.parent = parent
    this.name = name
    this.remote = remote
    this.remoteAtMs = -Infinity
  }

  /** The size that programs see. */
  get size(): number {
    return this.localSize ?? this.remote.size
  }

  /** True if `ancestor` is this inode or above it. */
  isWithin(ancestor: Inode): boolean {
    return this === ancestor || (this.parent?.isWithin(ancestor) ?? false)
  }
}
