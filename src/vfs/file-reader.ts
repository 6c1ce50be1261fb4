/**
 * Bytes of files out of the block cache, fetched as needed.
 *
 * A fetch is one ranged read of the far side into consecutive pages. It belongs to nobody: an
 * interrupted reader stops waiting, the fetch goes on for the others.
 *
 * The far side opens what the path leads to in that moment: others may have replaced the file since
 * its attributes were asked for. It tells what it has opened, and no page is handed out before that
 * is known to be the inode's file or, where files are not told apart, its content.
 */

import { abortable } from '../support/abortable.ts'
import type { ByteRange } from '../support/byte-range.ts'
import { ErrnoError } from '../support/errno-error.ts'
import type { AttributeCache } from './attribute-cache.ts'
import type { BlockCache } from './block-cache.ts'
import type { Inode } from './inode.ts'
import type { InodeTable } from './inode-table.ts'
import { ContentChanged, EndOfFile, type Page, pageBytes, PageSink } from './page.ts'
import type { OpenedState, Remote } from './remote.ts'
import type { TransferGate } from './transfer-gate.ts'

export interface FileReaderContext {
  readonly table: InodeTable
  readonly remote: Remote
  readonly attributes: AttributeCache
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
   * The bytes of `range` (within the far side's size) as pieces of pages. `fetched`: what to ask for
   * on the way, in one piece as far as it is missing. Throws EndOfFile if the file ends before the
   * range does, ContentChanged if the inode has become another file or, where those are not told
   * apart, has got another content.
   */
  async read(
    inode: Inode,
    range: ByteRange,
    fetched: ByteRange,
    signal?: AbortSignal,
  ): Promise<readonly Uint8Array[]> {
    const first = Math.floor(range.start / pageBytes)
    const last = Math.ceil(range.end / pageBytes)
    const pages = this.#request(inode, first, last, fetched)
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

  /** Asks for what is missing of pages [first, last) and, in the same fetches, of `fetched`. */
  #request(inode: Inode, first: number, last: number, fetched?: ByteRange): Map<number, Page> {
    const end = Math.min(Math.max(fetched?.end ?? 0, last * pageBytes), inode.remote.size)
    const start = Math.min(Math.floor((fetched?.start ?? Infinity) / pageBytes), first)
    const pages = new Map<number, Page>()
    let missing: Page[] = []
    const fetchMissing = (): void => {
      if (missing.length > 0) this.#fetch(inode, missing)
      missing = []
    }
    for (let index = start; index * pageBytes < end; index++) {
      const cached = this.#context.cache.get(inode, index)
      const length = Math.min(pageBytes, inode.remote.size - index * pageBytes)
      if (cached && cached.bytes.length >= length) {
        fetchMissing()
        if (index >= first && index < last) pages.set(index, cached)
        continue
      }
      const page = this.#context.cache.add(inode, index, length)
      missing.push(page)
      if (index >= first && index < last) pages.set(index, page)
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
        const final = error instanceof EndOfFile || error instanceof ContentChanged
        if (final || attempt === attemptsMax || signal?.aborted || this.#context.ended.aborted)
          throw error
        if (error instanceof ErrnoError && error.code !== 'EIO') throw error
      }
      wanted = this.#request(inode, index, index + 1).get(index)
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
    const before = contentOf(inode)
    const sink = new PageSink(pages, (file) => this.#check(inode, before, file))
    const start = pages[0]!.index * pageBytes
    const end = pages.reduce((offset, page) => offset + page.bytes.length, start)
    const delivered = await gate.transfer(inode, () =>
      remote.read(table.path(inode), { start, end }, sink, ended),
    )
    await sink.checked
    if (delivered < end - start) throw new EndOfFile()
  }

  async #check(inode: Inode, before: number, file: OpenedState): Promise<void> {
    const { attributes, ended } = this.#context
    if (contentOf(inode) === before && isOpened(inode, file)) return
    // Replaced, or changed: by others, or by a write of ours whose answer is still on its way.
    await attributes.confirm(inode, ended)
    if (contentOf(inode) !== before || !isSameFileOpened(inode, file)) throw new ContentChanged()
  }
}

/** What has been opened is what is believed of the inode: nobody needs to be asked. */
function isOpened({ remote }: Inode, { fileId, size, mtimeNs }: OpenedState): boolean {
  if (fileId !== undefined) return fileId === remote.fileId
  return size === remote.size && mtimeNs === remote.mtimeNs
}

function isSameFileOpened({ remote }: Inode, { fileId }: OpenedState): boolean {
  return fileId === undefined || fileId === remote.fileId
}

/** What must not change under a fetch: a file that is told apart may well be written to meanwhile. */
function contentOf({ remote, incarnation, version }: Inode): number {
  return remote.fileId === undefined ? version : incarnation
}
