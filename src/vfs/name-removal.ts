/** Taking a name away, there and here. The gate is shut for the inode. */

import { isErrno } from '../support/errno-error.ts'
import type { AttributeCache } from './attribute-cache.ts'
import type { Inode } from './inode.ts'
import type { InodeTable } from './inode-table.ts'
import type { ListingCache } from './listing-cache.ts'
import type { Place } from './place.ts'
import type { Remote } from './remote.ts'
import type { WriteBack } from './write-back.ts'

export interface NameRemovalContext {
  readonly table: InodeTable
  readonly remote: Remote
  readonly attributes: AttributeCache
  readonly listings: ListingCache
  readonly writeBack: WriteBack
}

export class NameRemoval {
  readonly #context: NameRemovalContext

  constructor(context: NameRemovalContext) {
    this.#context = context
  }

  removeFile(inode: Inode, place: Place): Promise<void> {
    return this.#remove(inode, place, (path) => this.#context.remote.removeFile(path))
  }

  async removeDirectory(inode: Inode, place: Place): Promise<void> {
    await this.#remove(inode, place, (path) => this.#context.remote.removeDirectory(path))
    this.#context.listings.drop(inode)
  }

  /** The name leads to the inode no more, by our doing. Bytes for a file without names go nowhere. */
  removed(inode: Inode, { parent, name }: Place): void {
    const { table, attributes, writeBack } = this.#context
    const { nlink } = inode.remote
    if (nlink !== undefined) {
      attributes.amend(inode, { nlink: inode.type === 'directory' ? 0 : Math.max(0, nlink - 1) })
    }
    table.unname(inode, parent, name)
    if (!inode.detached) attributes.statusChanged(inode)
    else if (!inode.remote.nlink) writeBack.discard(inode)
  }

  async #remove(
    inode: Inode,
    place: Place,
    remove: (path: string) => Promise<void>,
  ): Promise<void> {
    const { table, attributes, listings } = this.#context
    const { parent, name } = place
    const path = table.childPath(parent, name)
    try {
      await attributes.change([parent, inode], () => remove(path))
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) throw error
      listings.removed(parent, name)
      table.unname(inode, parent, name)
      throw error
    }
    attributes.expire(parent)
    listings.removed(parent, name)
    this.removed(inode, place)
  }
}
