/**
 * Written bytes of one file that the far side does not have yet: disjoint runs in order of offset,
 * never touching each other. Pure data structure; copies what it is given once.
 */

import type { ByteRange } from '../support/byte-range.ts'

/** Bytes at `offset`, as pieces in order. */
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
  readonly #runs: Run[] = []
  #bytes = 0

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
        const fresh = new Run(position, rest.subarray(0, Math.min(rest.length, gap)))
        this.#runs.splice(index, 0, fresh)
        this.#bytes += fresh.length
        position = fresh.end
      }
      this.#joinWithNext(index)
    }
    return this.#runs[index]?.length ?? 0
  }

  /**
   * Takes out bytes to send: of the first run that has at least `leastBytes`, at most `mostBytes`
   * from its beginning, and only where they meet none of `busy`. Undefined when there is none.
   */
  take(leastBytes: number, mostBytes: number, busy: Iterable<DirtyRun> = []): DirtyRun | undefined {
    const others = [...busy]
    const index = this.#runs.findIndex(({ start, length }) => {
      const end = start + Math.min(length, mostBytes)
      return length >= leastBytes && !others.some((other) => meets(other, start, end))
    })
    const run = this.#runs[index]
    if (!run) return undefined
    const length = Math.min(run.length, mostBytes)
    const pieces = run.slices(run.start, run.start + length)
    this.#bytes -= length
    if (length === run.length) this.#runs.splice(index, 1)
    else this.#runs[index] = run.from(run.start + length)
    return { offset: run.start, length, pieces }
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
      this.#runs.pop()
      this.#bytes -= run.length
      if (run.start >= size) continue
      const kept = run.upTo(size)
      this.#runs.push(kept)
      this.#bytes += kept.length
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

  #append(run: Run, data: Uint8Array, limit = Infinity): number {
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

/** Room set aside when a run grows, so that small appends do not make many small pieces. */
const growthMaxBytes = 1024 * 1024

/** Contiguous bytes in one or more buffers; the last buffer may have room at its end. */
class Run {
  readonly start: number
  #length: number
  readonly #buffers: Buffer[]
  /** Bytes used of the last buffer. */
  #tailUsed: number

  constructor(start: number, data: Uint8Array, buffers: Buffer[] = [Buffer.from(data)]) {
    this.start = start
    this.#buffers = buffers
    this.#length = buffers.reduce((sum, buffer) => sum + buffer.length, 0)
    this.#tailUsed = buffers.at(-1)!.length
  }

  get length(): number {
    return this.#length
  }

  get end(): number {
    return this.start + this.#length
  }

  append(data: Uint8Array): void {
    const room = this.#buffers.at(-1)!.subarray(this.#tailUsed)
    const fits = Math.min(room.length, data.length)
    room.set(data.subarray(0, fits))
    this.#tailUsed += fits
    this.#length += data.length
    if (fits === data.length) return
    this.#sealTail()
    const rest = data.subarray(fits)
    const capacity = Math.max(rest.length, Math.min(this.#length, growthMaxBytes))
    const buffer = Buffer.allocUnsafeSlow(capacity)
    buffer.set(rest)
    this.#buffers.push(buffer)
    this.#tailUsed = rest.length
  }

  /** Replaces held bytes from `position` on; returns how many. */
  overwrite(position: number, data: Uint8Array): number {
    const length = Math.min(data.length, this.end - position)
    let done = 0
    for (const target of this.slices(position, position + length)) {
      target.set(data.subarray(done, done + target.length))
      done += target.length
    }
    return length
  }

  join(next: Run): void {
    this.#sealTail()
    this.#buffers.push(...next.#buffers)
    this.#tailUsed = next.#tailUsed
    this.#length += next.#length
  }

  /** Views of the bytes [from, to). */
  slices(from: number, to: number): Uint8Array[] {
    const found: Uint8Array[] = []
    let offset = this.start
    for (const [index, buffer] of this.#buffers.entries()) {
      const used = index === this.#buffers.length - 1 ? this.#tailUsed : buffer.length
      const low = Math.max(from - offset, 0)
      const high = Math.min(to - offset, used)
      if (low < high) found.push(buffer.subarray(low, high))
      offset += used
      if (offset >= to) break
    }
    return found
  }

  from(position: number): Run {
    return this.#part(position, this.end)
  }

  upTo(position: number): Run {
    return this.#part(this.start, position)
  }

  #part(from: number, to: number): Run {
    const buffers = this.slices(from, to).map((bytes) =>
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
    )
    return new Run(from, buffers[0]!, buffers)
  }

  #sealTail(): void {
    const tail = this.#buffers.length - 1
    this.#buffers[tail] = this.#buffers[tail]!.subarray(0, this.#tailUsed)
  }
}
