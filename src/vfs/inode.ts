/**
 * One file or directory that the kernel knows or that we work on. Plain state; the inode table owns
 * identity and links, the attribute cache what is believed of it, write-back its dirty bytes.
 *
 * Life: made by a lookup; kept while the kernel holds lookups (nlookup), while it is open, while it
 * has unwritten bytes or known children; then forgotten. `detached` means that no known name leads
 * to it any more.
 */

import type { FileType, RemoteAttributes } from './attributes.ts'
import type { DeferredAttributes } from './deferred-attributes.ts'

/** A name in a directory. */
export interface Name {
  readonly parent: Inode
  readonly name: string
  /** Clock of the last answer that showed the inode under this name. */
  seenAtMs: number
}

/** Nothing is ever added: a map for each file would be most of its memory. */
const noChildren = new Map<string, Inode>()

export class Inode {
  readonly nodeid: number
  ino: number
  readonly type: FileType
  /**
   * The names that are known to lead here; paths are made of the first. None for the root and for
   * detached inodes, one for directories.
   */
  names: readonly Name[] = []
  detached = false
  /** Removed while open: one of its names is shown to nobody. */
  hidden = false
  readonly children: Map<string, Inode>
  nlookup = 0
  /** Open file and directory handles. */
  openCount = 0
  /** A directory that was listed for a program which is about to enter it. */
  isExpected = false
  /** Handles whose programs rely on this very file: they have bytes of it, or may write to it. */
  holderCount = 0
  /** Counts the files that others have put in place of one another here, as far as is known. */
  incarnation = 1

  /** The last answer of the far side, corrected by own changes since. */
  remote: RemoteAttributes
  /** Clock of that answer; -Infinity: not to be believed. */
  remoteAtMs: number
  /** When that answer had come, on the monotonic clock. */
  believedFromMs: number
  /** Version of the content: a new number whenever it changed otherwise than by our own writes. */
  version = 1
  /** The content version that the kernel's pages may hold. */
  kernelVersion = 0
  /** The size that the kernel was told last. */
  kernelSize = 0
  /** Whether the kernel may hold bytes of that version. */
  kernelHasBytes = false
  /** Of a directory: the snapshot that the names are of which the kernel may hold. */
  kernelNames = 0

  /** Size and mtime as programs see them while bytes are not yet confirmed by the far side. */
  localSize: number | undefined
  localMtimeNs: bigint | undefined
  /** Attributes that follow these bytes. */
  deferred: DeferredAttributes | undefined
  /** Remembered for the life of the inode where the far side does not keep or tell them. */
  atimeNs: bigint | undefined
  ctimeNs: bigint | undefined

  /** When an own change was last begun or ended, on the change counter. */
  changedAt = 0
  /** Own changes under way. */
  changing = 0

  readonly #firstName: string

  constructor(nodeid: number, ino: number, name: string, remote: RemoteAttributes) {
    this.nodeid = nodeid
    this.ino = ino
    this.type = remote.type
    this.children = this.type === 'directory' ? new Map() : noChildren
    this.#firstName = name
    this.remote = remote
    this.remoteAtMs = -Infinity
    this.believedFromMs = -Infinity
  }

  /** Of the name that paths are made of. */
  get parent(): Inode | undefined {
    return this.names[0]?.parent
  }

  /** For paths and messages; what has no name any more is called as at first. */
  get name(): string {
    return this.names[0]?.name ?? this.#firstName
  }

  /** The size that programs see. */
  get size(): number {
    return this.localSize ?? this.remote.size
  }

  /** True if `ancestor` is this inode or above one of its names. */
  isWithin(ancestor: Inode): boolean {
    return this === ancestor || this.names.some(({ parent }) => parent.isWithin(ancestor))
  }

  nameIn(parent: Inode, name: string): Name | undefined {
    return this.names.find((known) => known.parent === parent && known.name === name)
  }
}
