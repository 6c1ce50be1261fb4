/**
 * A file that is removed or replaced while it is open must stay readable and writable for those who
 * have it open, and the far side knows files only by name. So its last known name is changed to a
 * hidden one, which is removed when its last handle goes (as NFS clients do).
 */

import type { Logger } from '../support/logger.ts'
import type { AttributeCache } from './attribute-cache.ts'
import type { Inode } from './inode.ts'
import type { InodeTable } from './inode-table.ts'
import type { ListingCache } from './listing-cache.ts'
import type { NameRemoval } from './name-removal.ts'
import type { Names } from './names.ts'
import type { Place } from './place.ts'
import type { Remote } from './remote.ts'
import type { TransferGate } from './transfer-gate.ts'
import type { WriteBack } from './write-back.ts'

export interface HiddenFilesContext {
  readonly table: InodeTable
  readonly remote: Remote
  readonly attributes: AttributeCache
  readonly listings: ListingCache
  readonly names: Names
  readonly gate: TransferGate
  readonly writeBack: WriteBack
  readonly removal: NameRemoval
  readonly log: Logger
}

export class HiddenFiles {
  readonly #context: HiddenFilesContext
  readonly #hidden = new Map<Inode, Place>()

  constructor(context: HiddenFilesContext) {
    this.#context = context
  }

  /** The gate is shut for the inode. */
  async hide(inode: Inode, place: Place): Promise<void> {
    const hidden = { parent: place.parent, name: this.#context.names.hiddenName() }
    await this.#rename(inode, place, hidden)
    inode.hidden = true
    this.#hidden.set(inode, hidden)
    this.#context.listings.removed(place.parent, place.name)
  }

  /** The rename that it made room for has failed. */
  async unhide(inode: Inode, shown: Place): Promise<void> {
    const { listings, log } = this.#context
    const hidden = this.#hidden.get(inode)
    if (!hidden) return
    // Whatever happens now, this is no removed file: its last close must not remove it.
    this.#hidden.delete(inode)
    inode.hidden = false
    try {
      await this.#rename(inode, hidden, shown)
      listings.added(shown.parent, shown.name, inode.remote)
    } catch (error) {
      log.error('a file is left under another name', {
        name: hidden.name,
        was: shown.name,
        error,
      })
    }
  }

  /**
   * Before a directory is removed or replaced: what is hidden in it moves to the directory above. The
   * gate is shut for the directory.
   */
  async moveOut(directory: Inode, above: Inode): Promise<void> {
    for (const [inode, place] of this.#hidden) {
      if (place.parent !== directory) continue
      const moved = { parent: above, name: this.#context.names.hiddenName() }
      await this.#rename(inode, place, moved)
      this.#hidden.set(inode, moved)
    }
  }

  /** The last handle may be closed: then a hidden file can go. */
  async released(inode: Inode): Promise<void> {
    const { table, gate, removal, log } = this.#context
    if (inode.openCount > 0 || !this.#hidden.has(inode)) return
    await gate.shut([inode], async () => {
      const place = this.#hidden.get(inode)
      // The rename that it made room for may have failed: then it has its name back.
      if (!place || !this.#hidden.delete(inode)) return
      try {
        await removal.removeFile(inode, place)
      } catch (error) {
        const { name } = place
        log.warn('a removed file that was open is left under its hidden name', { name, error })
        table.unname(inode, place.parent, name)
      } finally {
        inode.hidden = false
      }
    })
  }

  /** Removes what is still hidden, at unmount. */
  async removeAll(): Promise<void> {
    for (const inode of this.#hidden.keys()) {
      inode.openCount = 0
      await this.released(inode)
    }
  }

  async #rename(inode: Inode, from: Place, to: Place): Promise<void> {
    const { remote, table, attributes } = this.#context
    const fromPath = table.childPath(from.parent, from.name)
    const toPath = table.childPath(to.parent, to.name)
    await attributes.change([from.parent, to.parent, inode], () =>
      remote.rename(fromPath, toPath, 'replace'),
    )
    table.move(inode, from, to.parent, to.name)
    attributes.statusChanged(inode)
    attributes.expire(from.parent)
    attributes.expire(to.parent)
  }
}
