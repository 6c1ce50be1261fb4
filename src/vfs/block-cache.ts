/**
 * Pages of file content in memory, least recently used first out, bounded in bytes. A page belongs
 * to one version of one inode: when the version changes, the old pages are never found again and
 * age out.
 */

import { LRUCache } from 'lru-cache'
import type { ByteRange } from '../support/byte-range.ts'
import type { Inode } from './inode.ts'
import { Page, pageBytes } from './page.ts'

export class BlockCache {
  readonly #pages: LRUCache<string, Page>

  constructor(maxBytes: number) {
    this.#pages = new LRUCache({
      maxSize: Math.max(maxBytes, pageBytes),
      sizeCalculation: (page) => page.bytes.length,
    })
  }

  get(inode: Inode, index: number): Page | undefined {
    return this.#pages.get(key(inode, index))
  }

  /** A new, unfilled page in the cache. */
  add(inode: Inode, index: number, length: number): Page {
    const page = new Page(index, length)
    this.#pages.set(key(inode, index), page)
    return page
  }

  /** Takes out this very page, if it is still the one. */
  remove(inode: Inode, page: Page): void {
    if (this.#pages.peek(key(inode, page.index)) === page) {
      this.#pages.delete(key(inode, page.index))
    }
  }

  /** Takes out the pages that hold bytes of `range`: they have been overwritten. */
  drop(inode: Inode, range: ByteRange): void {
    if (this.#pages.size === 0) return
    const last = Math.ceil(range.end / pageBytes)
    for (let index = Math.floor(range.start / pageBytes); index < last; index++) {
      this.#pages.delete(key(inode, index))
    }
  }

  /** Forgets all pages of an inode after a change of ours that the kernel knows of. */
  dropAll(inode: Inode): void {
    const kernelIsCurrent = inode.kernelVersion === inode.version
    inode.version += 1
    if (kernelIsCurrent) inode.kernelVersion = inode.version
  }
}

function key(inode: Inode, index: number): string {
  return `${inode.nodeid}:${inode.version}:${index}`
}
