import type { ByteRange } from '../support/byte-range.ts'
import { blockBytes } from './content-memory.ts'
import { PagePart } from './page-part.ts'

/** 128 KiB: the kernel's default read-ahead, small enough that a random read wastes little. */
export const pageBytes = blockBytes

/**
 * A piece of a file's content, aligned to `pageBytes`, in parts that are fetched each for itself: one
 * that is the whole page, or several small ones with gaps between them.
 *
 * Its memory is used again. Whoever looks at `bytes` across an await, or lets somebody fill them,
 * holds the page meanwhile; the cache holds it as long as it can be found.
 */
export class Page {
  readonly index: number
  readonly bytes: Uint8Array
  readonly #onFree: () => void
  /** In order, without overlaps. */
  readonly #parts: PagePart[] = []
  #holders = 0

  /** `bytes` is shorter than `pageBytes` only at the end of a file. */
  constructor(index: number, bytes: Uint8Array, onFree: () => void) {
    this.index = index
    this.bytes = bytes
    this.#onFree = onFree
  }

  hold(): void {
    this.#holders += 1
  }

  /** Once for each hold. */
  letGo(): void {
    this.#holders -= 1
    if (this.#holders === 0) this.#onFree()
  }

  /** Bytes that are there or on their way. */
  get coveredBytes(): number {
    return this.#parts.reduce((sum, { start, end }) => sum + end - start, 0)
  }

  /** The parts with bytes of a range within the page. */
  partsIn({ start, end }: ByteRange): readonly PagePart[] {
    return this.#parts.filter((part) => part.start < end && part.end > start)
  }

  /** What of the range has not been asked for. */
  gapsIn({ start, end }: ByteRange): readonly ByteRange[] {
    const gaps: ByteRange[] = []
    let from = start
    for (const part of this.partsIn({ start, end })) {
      if (part.start > from) gaps.push({ start: from, end: part.start })
      from = part.end
    }
    if (from < end) gaps.push({ start: from, end })
    return gaps
  }

  /** The range, with the gaps that it touches in full. */
  widen({ start, end }: ByteRange): ByteRange {
    const before = this.#parts.findLast((part) => part.end <= start)
    const after = this.#parts.find((part) => part.start >= end)
    return { start: before?.end ?? 0, end: after?.start ?? this.bytes.length }
  }

  /** A gap, or a part of one, is going to be filled. */
  add({ start, end }: ByteRange): PagePart {
    const whole = start === 0 && end === this.bytes.length
    const part = new PagePart(start, whole ? this.bytes : this.bytes.subarray(start, end))
    const index = this.#parts.findIndex((other) => other.start >= end)
    this.#parts.splice(index < 0 ? this.#parts.length : index, 0, part)
    return part
  }

  /** It could not be filled. */
  remove(part: PagePart): void {
    const index = this.#parts.indexOf(part)
    if (index >= 0) this.#parts.splice(index, 1)
  }
}
