/**
 * Bytes of files out of the block cache, fetched as needed.
 *
 * A fetch is one ranged read of the far side into consecutive pages. It belongs to nobody: an
 * interrupted reader stops waiting, the fetch goes on for the others.
 */

import { abortable } from '../support/abortable.ts'
import type { ByteRange } from '../support/byte-range.ts'
import { ErrnoError } from '../support/errno-error.ts'
import type { BlockCache } from './block-cache.ts'
import type { Inode } from './inode.ts'
import type { InodeTable } from './inode-table.ts'
import { EndOfFile, type Page, pageBytes, PageSink } from './page.ts'
import type { Remote } from './remote.ts'
import type { TransferGate } from './transfer-gate.ts'

export interface FileReaderContext {
  readonly table: InodeTable
  readonly remote: Remote
  readonly cache: BlockCache
  readonly gate: TransferGate
  /** Fires when the mount ends. */
  readonly ended: AbortSignal
}

/** A page whose fetch failed for another reader is asked for anew this often. */
const attemptsMax = 3

export class FileReader {
  readonly #context: FileReaderContext

  constructor(context: FileReaderContext) {
    this.#context = context
  }

  /**
   * The bytes of `range` (within the far side's size) as pieces of pages. `fetchUntil`: ask for
   * everything up to there on the way. Throws EndOfFile if the file ends before the range does.
   */
  async read(
    inode: Inode,
    range: ByteRange,
    fetchUntil: number,
    signal?: AbortSignal,
  ): Promise<readonly Uint8Array[]> {
    const first = Math.floor(range.start / pageBytes)
    const last = Math.ceil(range.end / pageBytes)
    const pages = this.#request(inode, first, last, fetchUntil)
    const pieces: Uint8Array[] = []
    for (let index = first; index < last; index++) {
      const page = await this.#filled(inode, index, pages.get(index), signal)
      const base = index * pageBytes
      const from = Math.max(range.start - base, 0)
      const to = Math.min(range.end - base, pageBytes)
      if (page.bytes.length < to) throw new EndOfFile()
      pieces.push(page.bytes.subarray(from, to))
    }
    return pieces
  }

  /** Asks for what is missing of pages [first, last) and, in the same fetches, of the read-ahead. */
  #request(inode: Inode, first: number, last: number, fetchUntil: number): Map<number, Page> {
    const end = Math.min(Math.max(fetchUntil, last * pageBytes), inode.remote.size)
    const pages = new Map<number, Page>()
    let missing: Page[] = []
    const fetchMissing = (): void => {
      if (missing.length > 0) this.#fetch(inode, missing)
      missing = []
    }
    for (let index = first; index * pageBytes < end; index++) {
      const cached = this.#context.cache.get(inode, index)
      const length = Math.min(pageBytes, inode.remote.size - index * pageBytes)
      if (cached && cached.bytes.length >= length) {
        fetchMissing()
        if (index < last) pages.set(index, cached)
        continue
      }
      const page = this.#context.cache.add(inode, index, length)
      missing.push(page)
      if (index < last) pages.set(index, page)
    }
    fetchMissing()
    return pages
  }

  async #filled(
    inode: Inode,
    index: number,
    page: Page | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Page> {
    let wanted = page
    for (let attempt = 1; ; attempt++) {
      if (!wanted) throw new EndOfFile()
      if (wanted.isReady) return wanted
      try {
        await abortable(wanted.ready, signal)
        return wanted
      } catch (error) {
        const final = error instanceof EndOfFile || attempt === attemptsMax
        if (final || signal?.aborted || this.#context.ended.aborted) throw error
        if (error instanceof ErrnoError && error.code !== 'EIO') throw error
      }
      wanted = this.#request(inode, index, index + 1, 0).get(index)
    }
  }

  #fetch(inode: Inode, pages: readonly Page[]): void {
    void this.#fill(inode, pages).catch((error: unknown) => {
      for (const page of pages) {
        if (page.isReady) continue
        this.#context.cache.remove(inode, page)
        page.fail(error)
      }
    })
  }

  async #fill(inode: Inode, pages: readonly Page[]): Promise<void> {
    const { table, remote, gate, ended } = this.#context
    const start = pages[0]!.index * pageBytes
    const end = pages.reduce((offset, page) => offset + page.bytes.length, start)
    const delivered = await gate.transfer(inode, () =>
      remote.read(table.path(inode), { start, end }, new PageSink(pages), ended),
    )
    if (delivered < end - start) throw new EndOfFile()
  }
}
