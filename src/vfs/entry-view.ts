import type { AttributeCache } from './attribute-cache.ts'
import { presentedAttributes } from './attribute-view.ts'
import type { Entry, TimedAttributes } from './filesystem.ts'
import type { Inode } from './inode.ts'
import type { Ownership } from './ownership.ts'
import type { VfsOptions } from './vfs-options.ts'

/** How inodes are handed to the kernel: attributes with the time for which they may be believed. */
export class EntryView {
  readonly #attributes: AttributeCache
  readonly #options: VfsOptions
  readonly #ownership: Ownership

  constructor(attributes: AttributeCache, options: VfsOptions, ownership: Ownership) {
    this.#attributes = attributes
    this.#options = options
    this.#ownership = ownership
  }

  timed(inode: Inode): TimedAttributes {
    inode.kernelSize = inode.size
    return {
      attributes: presentedAttributes(inode, this.#options, this.#ownership),
      attributeTimeoutMs: this.#attributes.remainingMs(inode),
    }
  }

  /**
   * The answer to a name; counts one lookup, which the kernel gives back by forget. `ageMs`: how long
   * ago the far side has told that the name leads there, if that was not with the attributes.
   */
  entry(inode: Inode, ageMs = this.#attributes.ageMs(inode)): Entry {
    inode.nlookup += 1
    const { attributes, attributeTimeoutMs } = this.timed(inode)
    return {
      nodeid: inode.nodeid,
      generation: 0,
      entryTimeoutMs: Math.max(0, this.#options.entryTimeoutMs - ageMs),
      attributes,
      attributeTimeoutMs,
    }
  }
}
