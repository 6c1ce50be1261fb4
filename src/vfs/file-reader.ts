/** Bytes of files out of the block cache, fetched as needed. */

import { abortable } from '../support/abortable.ts'
import type { ByteRange } from '../support/byte-range.ts'
import { ErrnoError } from '../support/errno-error.ts'
import type { Reader } from './filesystem.ts'
import type { Inode } from './inode.ts'
import { type Page, pageBytes } from './page.ts'
import { type Fetch, type PageFetcher, rangeWithin } from './page-fetcher.ts'
import { ContentChanged, EndOfFile } from './read-failures.ts'

/** Bytes whose fetch failed for another reader are asked for anew this often. */
const attemptsMax = 3

export class FileReader {
  readonly #fetcher: PageFetcher
  readonly #ended: AbortSignal

  /** `ended` fires when the mount ends. */
  constructor(fetcher: PageFetcher, ended: AbortSignal) {
    this.#fetcher = fetcher
    this.#ended = ended
  }

  /**
   * The bytes of `range` (within the far side's size) as pieces of pages, which stay as they are
   * until the reader has answered. `fetch`: what to ask for on the way as far as it is missing.
   * Throws EndOfFile if the file ends before the range does, ContentChanged if the inode has become
   * another file or, where those are not told apart, has got another content.
   */
  async read(
    inode: Inode,
    range: ByteRange,
    fetch: Fetch,
    reader: Reader,
  ): Promise<readonly Uint8Array[]> {
    const held: Page[] = []
    const letGo = (): void => held.forEach((page) => page.letGo())
    try {
      for (let index = pageOf(range.start); index * pageBytes < range.end; index++) {
        held.push(this.#hold(inode, index))
      }
      this.#fetcher.request(inode, range, fetch)
      const pieces: Uint8Array[] = []
      for (let at = 0; at < held.length; at++) {
        await this.#fill(inode, held, at, range, reader.signal)
        const { start, end } = within(held[at]!, range)
        pieces.push(held[at]!.bytes.subarray(start, end))
      }
      if (reader.onAnswered) {
        reader.onAnswered(letGo)
        return pieces
      }
      const copies = pieces.map((piece) => Buffer.from(piece))
      letGo()
      return copies
    } catch (error) {
      letGo()
      throw error
    }
  }

  /** Asks for what is missing of ranges that somebody is going to read. */
  fetchAhead(inode: Inode, ranges: readonly ByteRange[]): void {
    const { size } = inode.remote
    for (const { start, end } of ranges) {
      const range = { start, end: Math.min(end, size) }
      if (start < range.end) this.#fetcher.request(inode, range, range)
    }
  }

  #hold(inode: Inode, index: number): Page {
    const page = this.#fetcher.page(inode, index)
    page.hold()
    return page
  }

  /** Waits for `held[at]`; puts another page there if it has to be asked for anew. */
  async #fill(
    inode: Inode,
    held: Page[],
    at: number,
    range: ByteRange,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const page = held[at]!
      try {
        return await filled(page, within(page, range), signal)
      } catch (error) {
        const isFinal = error instanceof EndOfFile || error instanceof ContentChanged
        if (isFinal || attempt === attemptsMax || signal?.aborted || this.#ended.aborted)
          throw error
        if (error instanceof ErrnoError && error.code !== 'EIO') throw error
      }
      const base = page.index * pageBytes
      held[at] = this.#hold(inode, page.index)
      page.letGo()
      const { start, end } = within(held[at], range)
      const rest = { start: base + start, end: base + end }
      this.#fetcher.request(inode, rest, rest)
    }
  }
}

/** Throws EndOfFile if the page ends before the range does. */
function within(page: Page, range: ByteRange): ByteRange {
  const part = rangeWithin(page, range)
  const isWhole = page.bytes.length === pageBytes || page.index * pageBytes + part.end === range.end
  if (!isWhole) throw new EndOfFile()
  return part
}

function pageOf(offset: number): number {
  return Math.floor(offset / pageBytes)
}

/** Resolves when these bytes are there; rejects if they will not come. */
async function filled(
  page: Page,
  range: ByteRange,
  signal: AbortSignal | undefined,
): Promise<void> {
  // What others have asked for may have failed before we looked.
  if (page.gapsIn(range).length > 0) throw new ErrnoError('EIO', 'a fetch has failed')
  for (const part of page.partsIn(range)) {
    if (!part.isReady) await abortable(part.ready, signal)
  }
}
