/** Contiguous bytes of one file that grow at their end. */

import { blockBytes, slotBytesFor, type ContentMemory } from './content-memory.ts'

/** Memory of which the first bytes are used; only the last piece of a run has room behind them. */
interface Piece {
  readonly memory: Uint8Array
  used: number
}

export class GrowingRun {
  readonly start: number
  readonly #memory: ContentMemory
  readonly #pieces: Piece[]
  #length: number

  constructor(start: number, memory: ContentMemory, pieces: Piece[] = []) {
    this.start = start
    this.#memory = memory
    this.#pieces = pieces
    this.#length = pieces.reduce((sum, { used }) => sum + used, 0)
  }

  get length(): number {
    return this.#length
  }

  get end(): number {
    return this.start + this.#length
  }

  append(data: Uint8Array): void {
    for (let done = 0; done < data.length;) {
      const tail = this.#roomFor(data.length - done)
      const length = Math.min(tail.memory.length - tail.used, data.length - done)
      tail.memory.set(data.subarray(done, done + length), tail.used)
      tail.used += length
      this.#length += length
      done += length
    }
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

  /** Takes over what follows this run; small writes from the end to the beginning fill pieces, too. */
  join(next: GrowingRun): void {
    const tail = this.#pieces.at(-1)!
    const [first, ...others] = next.#pieces
    if (tail.used + first!.used <= tail.memory.length) {
      tail.memory.set(first!.memory.subarray(0, first!.used), tail.used)
      tail.used += first!.used
      this.#memory.give(first!.memory)
    } else this.#pieces.push(first!)
    for (const piece of others) this.#pieces.push(piece)
    this.#length += next.#length
  }

  /** Views of the bytes [from, to). */
  slices(from: number, to: number): Uint8Array[] {
    const found: Uint8Array[] = []
    let offset = this.start
    for (const { memory, used } of this.#pieces) {
      const low = Math.max(from - offset, 0)
      const high = Math.min(to - offset, used)
      if (low < high) found.push(memory.subarray(low, high))
      offset += used
      if (offset >= to) break
    }
    return found
  }

  /** Cuts the run at `position`, which is inside: it ends there, the other one starts there. */
  split(position: number): GrowingRun {
    const rest: Piece[] = []
    let end = this.end
    while (end > position) {
      const piece = this.#pieces.pop()!
      end -= piece.used
      if (end >= position) rest.unshift(piece)
      else rest.unshift(this.#cut(piece, position - end))
    }
    this.#length = position - this.start
    return new GrowingRun(position, this.#memory, rest)
  }

  /** Gives its memory back. */
  free(): void {
    for (const { memory } of this.#pieces) this.#memory.give(memory)
  }

  /** Keeps the first `used` bytes of a piece that is put back; the others, copied, are a new one. */
  #cut(piece: Piece, used: number): Piece {
    const bytes = piece.memory.subarray(used, piece.used)
    const memory = this.#memory.take(bytes.length)
    memory.set(bytes)
    piece.used = used
    this.#pieces.push(piece)
    return { memory, used: bytes.length }
  }

  /** Room grows with the run, so that small appends do not make many small pieces. */
  #roomFor(bytes: number): Piece {
    const tail = this.#pieces.at(-1)
    if (tail && tail.used < tail.memory.length) return tail
    const wanted = slotBytesFor(Math.min(Math.max(bytes, this.#length), blockBytes))
    const piece = { memory: this.#memory.take(wanted), used: 0 }
    this.#pieces.push(piece)
    return piece
  }
}
