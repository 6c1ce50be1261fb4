/**
 * Fetches what pages miss. A fetch is one ranged read of the far side into consecutive parts of
 * pages, and belongs to nobody: readers come and go, it goes on for the others.
 *
 * The far side opens what the path leads to in that moment: others may have replaced the file since
 * its attributes were asked for. It tells what it has opened, and no part is ready before that is
 * known to be the inode's file or, where files are not told apart, its content.
 */

import type { ByteRange } from '../support/byte-range.ts'
import type { AttributeCache } from './attribute-cache.ts'
import type { BlockCache } from './block-cache.ts'
import type { Inode } from './inode.ts'
import type { InodeTable } from './inode-table.ts'
import { type Page, pageBytes } from './page.ts'
import type { PagePart } from './page-part.ts'
import { PageSink } from './page-sink.ts'
import { ContentChanged, EndOfFile } from './read-failures.ts'
import type { ReadTuning } from './read-tuning.ts'
import type { OpenedState, Remote } from './remote.ts'
import type { TransferGate } from './transfer-gate.ts'

export interface PageFetcherContext {
  readonly table: InodeTable
  readonly remote: Remote
  readonly attributes: AttributeCache
  readonly cache: BlockCache
  readonly gate: TransferGate
  readonly tuning: () => ReadTuning
  /** Fires when the mount ends. */
  readonly ended: AbortSignal
}

/** What to have asked for when a range is read: the range itself, or more. */
export interface Fetch extends ByteRange {
  /** All of it comes from one file, whatever happens to the name meanwhile. */
  readonly inOnePiece?: boolean
}

/** A part that is being filled; its page is held until the fetch has ended. */
interface Target {
  readonly page: Page
  readonly part: PagePart
}

export class PageFetcher {
  readonly #context: PageFetcherContext

  constructor(context: PageFetcherContext) {
    this.#context = context
  }

  /**
   * The page that is or will be at this place: hold it before another one is asked for. EndOfFile:
   * the file has become shorter.
   */
  page(inode: Inode, index: number): Page {
    const { cache } = this.#context
    const length = Math.min(pageBytes, inode.remote.size - index * pageBytes)
    if (length <= 0) throw new EndOfFile()
    const cached = cache.get(inode, index)
    return cached && cached.bytes.length >= length ? cached : cache.add(inode, index, length)
  }

  /** Asks for what is missing of the range and of what is to be fetched with it. */
  request(inode: Inode, range: ByteRange, fetch: Fetch): void {
    const tuning = this.#context.tuning()
    const stripeBytes = fetch.inOnePiece ? Infinity : tuning.stripeBytes
    const wanted = roundFetch(range, fetch, tuning.granuleBytes, inode.remote.size)
    let targets: Target[] = []
    let [start, end] = [0, 0]
    for (
      let index = Math.floor(wanted.start / pageBytes);
      index * pageBytes < wanted.end;
      index++
    ) {
      const page = this.page(inode, index)
      for (const gap of missing(page, rangeWithin(page, wanted))) {
        const offset = index * pageBytes + gap.start
        if (targets.length > 0 && (offset !== end || end - start >= stripeBytes)) {
          this.#fetch(inode, targets, start)
          targets = []
        }
        if (targets.length === 0) start = offset
        end = index * pageBytes + gap.end
        page.hold()
        targets.push({ page, part: page.add(gap) })
      }
    }
    if (targets.length > 0) this.#fetch(inode, targets, start)
  }

  #fetch(inode: Inode, targets: readonly Target[], start: number): void {
    const parts = targets.map(({ part }) => part)
    void this.#fill(inode, parts, start)
      .catch((error: unknown) => {
        for (const { page, part } of targets) {
          if (part.isReady) continue
          page.remove(part)
          part.fail(error)
        }
      })
      .finally(() => {
        for (const { page } of targets) page.letGo()
      })
  }

  async #fill(inode: Inode, parts: readonly PagePart[], start: number): Promise<void> {
    const { table, remote, gate, ended } = this.#context
    const before = contentOf(inode)
    const sink = new PageSink(parts, (file) => this.#check(inode, before, file))
    const end = parts.reduce((offset, { bytes }) => offset + bytes.length, start)
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

/** What of a file's range is in a page. */
export function rangeWithin({ index, bytes }: Page, { start, end }: ByteRange): ByteRange {
  const base = index * pageBytes
  return { start: Math.max(start - base, 0), end: Math.min(end - base, bytes.length) }
}

/**
 * Rounds to granules; what is read ahead ends with a page, so that the next window starts with one.
 */
function roundFetch(range: ByteRange, fetch: ByteRange, granule: number, size: number): ByteRange {
  const start = Math.min(range.start, fetch.start)
  const end = Math.max(range.end, fetch.end)
  const unit = end > range.end ? pageBytes : granule
  return {
    start: Math.floor(start / granule) * granule,
    end: Math.min(Math.ceil(end / unit) * unit, size),
  }
}

/**
 * What to fetch of a page in which a range is wanted. A page that is read at random in many places
 * gets whole: once half of it has been asked for, the other half is not worth its round trips.
 */
function missing(page: Page, wanted: ByteRange): readonly ByteRange[] {
  const gaps = page.gapsIn(wanted)
  if (gaps.length === 0) return gaps
  const asked = gaps.reduce((sum, { start, end }) => sum + end - start, page.coveredBytes)
  return asked < page.bytes.length / 2 ? gaps : page.gapsIn(page.widen(wanted))
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
