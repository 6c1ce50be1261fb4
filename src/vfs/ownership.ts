/**
 * Whose files are: the far side's numbers and those shown here.
 *
 * Numbers are shown as they are told, with one exception: what belongs there to whom we act as
 * belongs here to whoever mounted. Someone of the far side who happens to have the number of the
 * mounting user is shown with that number, too (docs/decisions/vfs-owners.md).
 */

import { ErrnoError } from '../support/errno-error.ts'
import type { RemoteAttributes } from './attributes.ts'
import type { Caller } from './filesystem.ts'
import type { Inode } from './inode.ts'
import type { Owner, Remote } from './remote.ts'
import type { VfsOptions } from './vfs-options.ts'

export type OwnershipOptions = Pick<VfsOptions, 'uid' | 'gid' | 'uidForAll' | 'gidForAll'>

const setgid = 0o2000

export class Ownership {
  readonly #options: OwnershipOptions
  readonly #remote: Pick<Remote, 'capabilities' | 'identity'>

  constructor(options: OwnershipOptions, remote: Pick<Remote, 'capabilities' | 'identity'>) {
    this.#options = options
    this.#remote = remote
  }

  /** What stat(2) shows. */
  shown({ uid, gid }: Pick<RemoteAttributes, 'uid' | 'gid'>): Owner {
    const { options, identity } = { options: this.#options, identity: this.#remote.identity }
    const isOurs = uid === undefined || options.uidForAll || uid === identity?.uid
    const isOurGroup = gid === undefined || options.gidForAll || gid === identity?.gid
    return { uid: isOurs ? options.uid : uid, gid: isOurGroup ? options.gid : gid }
  }

  /**
   * chown(2) in the far side's numbers; undefined: nothing to be done there. EPERM where a file
   * cannot get another owner: the far side has none, or one is shown for all files.
   */
  wanted(inode: Inode, changes: Partial<Owner>): Partial<Owner> | undefined {
    const { uid, gid, uidForAll, gidForAll } = this.#options
    const isKept = !this.#remote.capabilities.has('owners')
    const foreign =
      ((isKept || uidForAll) && changes.uid !== undefined && changes.uid !== uid) ||
      ((isKept || gidForAll) && changes.gid !== undefined && changes.gid !== gid)
    if (foreign) throw new ErrnoError('EPERM', `chown "${inode.name}"`)
    const owner = {
      ...(changes.uid !== undefined && !isKept && !uidForAll && { uid: this.#farUid(changes.uid) }),
      ...(changes.gid !== undefined && !isKept && !gidForAll && { gid: this.#farGid(changes.gid) }),
    }
    return Object.keys(owner).length > 0 ? owner : undefined
  }

  /**
   * To whom a new file goes, if that is not whom we act as. In a set-group-ID directory its group
   * is the directory's.
   */
  ofNew(parent: Inode, caller: Caller): Owner | undefined {
    const { capabilities, identity } = this.#remote
    const { uidForAll, gidForAll } = this.#options
    if (!capabilities.has('giving') || !identity) return undefined
    const { mode, gid: directoryGid } = parent.remote
    const uid = uidForAll ? identity.uid : this.#farUid(caller.uid)
    const own = gidForAll ? identity.gid : this.#farGid(caller.gid)
    const inherits = mode !== undefined && (mode & setgid) !== 0
    if (uid === identity.uid && own === identity.gid) return undefined
    return { uid, gid: inherits ? (directoryGid ?? own) : own }
  }

  #farUid(uid: number): number {
    return uid === this.#options.uid ? (this.#remote.identity?.uid ?? uid) : uid
  }

  #farGid(gid: number): number {
    return gid === this.#options.gid ? (this.#remote.identity?.gid ?? gid) : gid
  }
}
