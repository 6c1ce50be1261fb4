/**
 * Pages of file content in memory, least recently used first out, bounded in bytes, and giving way to
 * whoever else needs memory for content. A page belongs to one version of one inode: when the
 * version changes, the old pages are never found again and age out.
 */

import { LRUCache } from 'lru-cache'
import type { ByteRange } from '../support/byte-range.ts'
import { slotBytesFor, type ContentMemory } from './content-memory.ts'
import type { Inode } from './inode.ts'
import { Page, pageBytes } from './page.ts'

export class BlockCache {
  readonly #pages: LRUCache<string, Page>
  readonly #memory: ContentMemory
  /** nodeid → keys of its pages, of all versions. */
  readonly #keys = new Map<number, Set<string>>()

  constructor(maxBytes: number, memory: ContentMemory) {
    this.#memory = memory
    memory.onFull(() => this.#pages.pop() !== undefined)
    this.#pages = new LRUCache({
      maxSize: Math.max(maxBytes, pageBytes),
      sizeCalculation: (page) => slotBytesFor(page.bytes.length),
      onInsert: (_, key) => this.#listKey(key),
      dispose: (page, key, reason) => {
        if (reason !== 'set') this.#unlistKey(key)
        page.letGo()
      },
    })
  }

  /** Bytes held. */
  get bytes(): number {
    return this.#pages.calculatedSize
  }

  get(inode: Inode, index: number): Page | undefined {
    return this.#pages.get(keyOf(inode, index))
  }

  /** A new, empty page in the cache: hold it before another one is added. */
  add(inode: Inode, index: number, length: number): Page {
    const bytes = this.#memory.take(length)
    const page = new Page(index, bytes, () => this.#memory.give(bytes))
    page.hold()
    this.#pages.set(keyOf(inode, index), page)
    return page
  }

  /** Takes out the pages that hold bytes of `range`: they have been overwritten. */
  drop(inode: Inode, range: ByteRange): void {
    if (this.#pages.size === 0) return
    const last = Math.ceil(range.end / pageBytes)
    for (let index = Math.floor(range.start / pageBytes); index < last; index++) {
      this.#pages.delete(keyOf(inode, index))
    }
  }

  /** Takes out all pages of an inode that is forgotten: its nodeid never comes again. */
  forget(inode: Inode): void {
    for (const key of this.#keys.get(inode.nodeid) ?? []) this.#pages.delete(key)
  }

  /** Forgets all pages of an inode after a change of ours that the kernel knows of. */
  dropAll(inode: Inode): void {
    const kernelIsCurrent = inode.kernelVersion === inode.version
    inode.version += 1
    if (kernelIsCurrent) inode.kernelVersion = inode.version
  }

  #listKey(key: string): void {
    const nodeid = nodeidOf(key)
    this.#keys.set(nodeid, (this.#keys.get(nodeid) ?? new Set()).add(key))
  }

  #unlistKey(key: string): void {
    const nodeid = nodeidOf(key)
    const keys = this.#keys.get(nodeid)
    keys?.delete(key)
    if (keys?.size === 0) this.#keys.delete(nodeid)
  }
}

function keyOf(inode: Inode, index: number): string {
  return `${inode.nodeid}:${inode.version}:${index}`
}

function nodeidOf(key: string): number {
  return Number(key.slice(0, key.indexOf(':')))
}
