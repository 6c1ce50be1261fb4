/** What one file still has on its way to the far side. */

import type { ByteRange } from '../support/byte-range.ts'
import { Semaphore } from '../support/semaphore.ts'
import type { DirtyBudget } from './dirty-budget.ts'
import { DirtyRanges, type DirtyPiece, type DirtyRun } from './dirty-ranges.ts'

/** Runs as long as this are sent without waiting for a flush. */
export const writeBehindBytes = 8 * 2 ** 20

/** Longest run sent in one go: long enough to keep the link busy, short enough to bound memory. */
const runMaxBytes = 16 * 2 ** 20

/** Scattered small runs cost more memory than their bytes: this many of a file are sent at once. */
const runsMax = 1000

export class PendingWrites {
  readonly #budget: DirtyBudget
  readonly #dirty = new DirtyRanges()
  /** The run under way; still visible to readers. */
  #sending: DirtyRun | undefined
  /** Held while the far side changes the file's content. */
  readonly lock = new Semaphore(1)
  drain: Promise<void> | undefined
  /** The least length of runs that the drain under way takes. */
  leastBytes = writeBehindBytes
  /** Truncations and copies there, waiting or under way. */
  changing = 0
  /** Callers of flush that wait: no further writes are accepted meanwhile, or they might for ever. */
  flushing = 0

  constructor(budget: DirtyBudget) {
    this.#budget = budget
  }

  get isFull(): boolean {
    return this.flushing > 0 || this.#dirty.runCount > 2 * runsMax
  }

  get isIdle(): boolean {
    return !this.#sending && !this.drain && this.changing === 0 && this.#dirty.bytes === 0
  }

  /** Returns the least length of runs that are worth sending now; undefined while none is. */
  write(offset: number, data: Uint8Array): number | undefined {
    const before = this.#dirty.bytes
    const runBytes = this.#dirty.write(offset, data)
    this.#budget.take(this.#dirty.bytes - before)
    if (this.#dirty.runCount > runsMax) return 1
    return runBytes >= writeBehindBytes ? writeBehindBytes : undefined
  }

  /** Drops what lies beyond `size`; returns how many bytes that were. */
  truncate(size: number): number {
    const before = this.#dirty.bytes
    this.#dirty.truncate(size)
    const dropped = before - this.#dirty.bytes
    this.#budget.free(dropped)
    return dropped
  }

  /** Has the next run sent; false when none is long enough. */
  async sendNext(send: (run: DirtyRun) => Promise<void>): Promise<boolean> {
    const run = this.#dirty.take(this.leastBytes, runMaxBytes)
    if (!run) return false
    this.#sending = run
    try {
      await send(run)
    } finally {
      this.#sending = undefined
      this.#budget.free(run.length)
    }
    return true
  }

  /** Pending bytes of a range in the order in which they apply: later pieces win. */
  overlay(range: ByteRange): readonly DirtyPiece[] {
    const sending = this.#sending ? piecesOf(this.#sending, range) : []
    return [...sending, ...this.#dirty.pieces(range)]
  }
}

function piecesOf(run: DirtyRun, range: ByteRange): DirtyPiece[] {
  const found: DirtyPiece[] = []
  let offset = run.offset
  for (const bytes of run.pieces) {
    const from = Math.max(range.start, offset)
    const to = Math.min(range.end, offset + bytes.length)
    if (from < to) found.push({ offset: from, bytes: bytes.subarray(from - offset, to - offset) })
    offset += bytes.length
  }
  return found
}
