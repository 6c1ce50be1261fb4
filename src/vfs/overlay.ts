/**
 * Bytes of a range in which pending writes lie over what the far side has. The pending ones are
 * copied at once: a write that was accepted before a read must show even if it is confirmed, and
 * its memory used again, while older bytes are being fetched. Where there is nothing there are zeros.
 */

import type { ByteRange } from '../support/byte-range.ts'
import type { DirtyPiece } from './dirty-ranges.ts'

export class Overlay {
  readonly bytes: Buffer
  readonly #start: number
  /** What the far side's bytes are wanted for, in order. */
  readonly #gaps: ByteRange[] = []

  /** Later pieces win. */
  constructor(range: ByteRange, pieces: readonly DirtyPiece[]) {
    this.bytes = Buffer.alloc(range.end - range.start)
    this.#start = range.start
    for (const { offset, bytes } of pieces) this.bytes.set(bytes, offset - range.start)
    let covered = range.start
    for (const { offset, bytes } of pieces.toSorted((a, b) => a.offset - b.offset)) {
      if (offset > covered) this.#gaps.push({ start: covered, end: offset })
      covered = Math.max(covered, offset + bytes.length)
    }
    if (covered < range.end) this.#gaps.push({ start: covered, end: range.end })
  }

  /** Whether nothing is missing before `end`. */
  isWholeUpTo(end: number): boolean {
    return (this.#gaps[0]?.start ?? Infinity) >= end
  }

  /** Takes what of the far side's bytes at `offset` lies in gaps. */
  fill(offset: number, bytes: Uint8Array): void {
    for (const gap of this.#gaps) {
      const from = Math.max(gap.start, offset)
      const to = Math.min(gap.end, offset + bytes.length)
      if (from < to) this.bytes.set(bytes.subarray(from - offset, to - offset), from - this.#start)
    }
  }
}
