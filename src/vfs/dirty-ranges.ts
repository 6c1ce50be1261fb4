/**
 * Written bytes of one file that the far side does not have yet: disjoint runs in order of offset,
 * never touching each other. Copies what it is given once.
 */

import type { ByteRange } from '../support/byte-range.ts'
import type { ContentMemory } from './content-memory.ts'
import { GrowingRun } from './growing-run.ts'

/** Bytes at `offset`, as pieces in order; they stay until they are freed. */
export interface DirtyRun {
  readonly offset: number
  readonly length: number
  readonly pieces: readonly Uint8Array[]
}

export interface DirtyPiece {
  readonly offset: number
  readonly bytes: Uint8Array
}

export class DirtyRanges {
  readonly #memory: ContentMemory
  readonly #runs: GrowingRun[] = []
  #bytes = 0

  constructor(memory: ContentMemory) {
    this.#memory = memory
  }

  /** Bytes held. */
  get bytes(): number {
    return this.#bytes
  }

  get runCount(): number {
    return this.#runs.length
  }

  /** Returns the length of the run that the written bytes are now part of (its last one). */
  write(offset: number, data: Uint8Array): number {
    const end = offset + data.length
    let position = offset
    let index = this.#firstEndingAtOrAfter(offset)
    while (position < end) {
      const run = this.#runs[index]
      const rest = data.subarray(position - offset)
      if (run && run.start <= position && position < run.end) {
        position += run.overwrite(position, rest)
      } else if (run && run.end === position) {
        position += this.#append(run, rest, this.#runs[index + 1]?.start)
      } else if (run && run.end < position) {
        index += 1
        continue
      } else {
        const gap = (run?.start ?? Infinity) - position
        const fresh = new GrowingRun(position, this.#memory)
        this.#runs.splice(index, 0, fresh)
        position += this.#append(fresh, rest.subarray(0, Math.min(rest.length, gap)))
      }
      this.#joinWithNext(index)
    }
    return this.#runs[index]?.length ?? 0
  }

  /**
   * Takes out bytes to send: of the first run that has at least `leastBytes`, at most `mostBytes`
   * from its beginning, and only where they meet none of `busy`. Undefined when there is none.
   * Whoever takes them frees them.
   */
  take(leastBytes: number, mostBytes: number, busy: Iterable<DirtyRun> = []): DirtyRun | undefined {
    const others = [...busy]
    const index = this.#runs.findIndex(({ start, length }) => {
      const end = start + Math.min(length, mostBytes)
      return length >= leastBytes && !others.some((other) => meets(other, start, end))
    })
    const run = this.#runs[index]
    if (!run) return undefined
    if (run.length > mostBytes) this.#runs.splice(index + 1, 0, run.split(run.start + mostBytes))
    this.#runs.splice(index, 1)
    const { start, length } = run
    this.#bytes -= length
    return { offset: start, length, pieces: run.slices(start, run.end) }
  }

  /** Gives the memory of bytes back that were taken out. */
  free({ pieces }: DirtyRun): void {
    for (const piece of pieces) this.#memory.give(piece)
  }

  hasRun(leastBytes: number): boolean {
    return this.#runs.some(({ length }) => length >= leastBytes)
  }

  /** The held bytes of `range`, in order. They change if they are written again. */
  pieces(range: ByteRange): DirtyPiece[] {
    const found: DirtyPiece[] = []
    for (let index = this.#firstEndingAtOrAfter(range.start); index < this.#runs.length; index++) {
      const run = this.#runs[index]!
      if (run.start >= range.end) break
      let offset = Math.max(run.start, range.start)
      for (const bytes of run.slices(offset, Math.min(run.end, range.end))) {
        found.push({ offset, bytes })
        offset += bytes.length
      }
    }
    return found
  }

  /** Forgets everything from `size` on. */
  truncate(size: number): void {
    for (let run = this.#runs.at(-1); run && run.end > size; run = this.#runs.at(-1)) {
      const dropped = run.start < size ? run.split(size) : this.#runs.pop()!
      this.#bytes -= dropped.length
      dropped.free()
    }
  }

  assertInvariants(): void {
    let previousEnd = -1
    let bytes = 0
    for (const run of this.#runs) {
      if (run.start <= previousEnd || run.length === 0) throw new Error('runs touch or are empty')
      previousEnd = run.end
      bytes += run.length
    }
    if (bytes !== this.#bytes) throw new Error('byte count is wrong')
  }

  #append(run: GrowingRun, data: Uint8Array, limit = Infinity): number {
    const length = Math.min(data.length, limit - run.end)
    run.append(data.subarray(0, length))
    this.#bytes += length
    return length
  }

  #joinWithNext(index: number): void {
    const [run, next] = [this.#runs[index], this.#runs[index + 1]]
    if (!run || !next || run.end !== next.start) return
    run.join(next)
    this.#runs.splice(index + 1, 1)
  }

  #firstEndingAtOrAfter(offset: number): number {
    let low = 0
    let high = this.#runs.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#runs[middle]!.end < offset) low = middle + 1
      else high = middle
    }
    return low
  }
}

function meets({ offset, length }: DirtyRun, start: number, end: number): boolean {
  return offset < end && start < offset + length
}
