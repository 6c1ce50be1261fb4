/**
 * Pages of file content in memory, least recently used first out, bounded in bytes, and giving way to
 * whoever else needs memory for content. Pages belong to one version of one inode: when the version
 * changes, the old ones are never found again.
 */

import { LRUCache } from 'lru-cache'
import type { ByteRange } from '../support/byte-range.ts'
import { slotBytesFor, type ContentMemory } from './content-memory.ts'
import type { Inode } from './inode.ts'
import { Page, pageBytes } from './page.ts'

/** What is cached of one inode. */
interface FilePages {
  readonly nodeid: number
  readonly version: number
  /** By index. */
  readonly pages: Map<number, Page>
}

export class BlockCache {
  readonly #recent: LRUCache<Page, FilePages>
  readonly #memory: ContentMemory
  /** By nodeid; none is empty. */
  readonly #files = new Map<number, FilePages>()
  /** Pages that share a block of memory, by block; none is empty. */
  readonly #blocks = new Map<ArrayBufferLike, Set<Page>>()

  constructor(maxBytes: number, memory: ContentMemory) {
    this.#memory = memory
    memory.onFull(() => this.#letGoOfBlock())
    this.#recent = new LRUCache({
      maxSize: Math.max(maxBytes, pageBytes),
      sizeCalculation: (_, page) => slotBytesFor(page.bytes.length),
      dispose: (file, page) => this.#takenOut(file, page),
    })
  }

  /** Bytes held. */
  get bytes(): number {
    return this.#recent.calculatedSize
  }

  get(inode: Inode, index: number): Page | undefined {
    const page = this.#fileOf(inode)?.pages.get(index)
    if (page) this.#recent.get(page)
    return page
  }

  /** A new, empty page in the cache: hold it before another one is added. */
  add(inode: Inode, index: number, length: number): Page {
    const bytes = this.#memory.take(length)
    const page = new Page(index, bytes, () => this.#memory.give(bytes))
    page.hold()
    const { nodeid, version } = inode
    const before = this.#fileOf(inode)?.pages.get(index)
    if (before) this.#recent.delete(before)
    const file = this.#fileOf(inode) ?? { nodeid, version, pages: new Map<number, Page>() }
    file.pages.set(index, page)
    this.#files.set(nodeid, file)
    if (this.#memory.owns(bytes)) this.#addToBlock(page)
    this.#recent.set(page, file)
    return page
  }

  /** Takes out the pages that hold bytes of `range`: they have been overwritten. */
  drop(inode: Inode, range: ByteRange): void {
    const file = this.#fileOf(inode)
    if (!file) return
    const last = Math.ceil(range.end / pageBytes)
    for (let index = Math.floor(range.start / pageBytes); index < last; index++) {
      const page = file.pages.get(index)
      if (page) this.#recent.delete(page)
    }
  }

  /** Takes out all pages of an inode that is forgotten: its nodeid never comes again. */
  forget(inode: Inode): void {
    const file = this.#files.get(inode.nodeid)
    if (file) this.#takeOut(file)
  }

  /** Forgets all pages of an inode after a change of ours that the kernel knows of. */
  dropAll(inode: Inode): void {
    const kernelIsCurrent = inode.kernelVersion === inode.version
    inode.version += 1
    if (kernelIsCurrent) inode.kernelVersion = inode.version
  }

  #fileOf(inode: Inode): FilePages | undefined {
    const file = this.#files.get(inode.nodeid)
    if (!file || file.version === inode.version) return file
    this.#takeOut(file)
    return undefined
  }

  #takeOut(file: FilePages): void {
    for (const page of file.pages.values()) this.#recent.delete(page)
  }

  /** The block of the page that was used least recently, with all pages that share it. */
  #letGoOfBlock(): boolean {
    if (this.#blocks.size === 0) return false
    for (const page of this.#recent.rkeys()) {
      const sharing = this.#blocks.get(page.bytes.buffer)
      if (!sharing) continue
      for (const each of sharing) this.#recent.delete(each)
      return true
    }
    return false
  }

  #addToBlock(page: Page): void {
    const { buffer } = page.bytes
    const sharing = this.#blocks.get(buffer) ?? new Set()
    this.#blocks.set(buffer, sharing.add(page))
  }

  #takenOut(file: FilePages, page: Page): void {
    const { buffer } = page.bytes
    const sharing = this.#blocks.get(buffer)
    if (sharing?.delete(page) && sharing.size === 0) this.#blocks.delete(buffer)
    file.pages.delete(page.index)
    if (file.pages.size === 0) this.#files.delete(file.nodeid)
    page.letGo()
  }
}
