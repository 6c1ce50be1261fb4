import { ErrnoError } from '../support/errno-error.ts'
import type { ReceivingSink } from './data-connection.ts'

const firstBytes = 64 * 1024

/** Collects received bytes of unknown length in memory, up to a limit. */
export class MemorySink implements ReceivingSink {
  readonly #limit: number
  #memory: Buffer
  #length = 0

  /** `expected`: a guess of the length. */
  constructor(limit: number, expected = firstBytes) {
    this.#limit = limit
    this.#memory = Buffer.allocUnsafeSlow(Math.max(1, expected))
  }

  space(): Uint8Array {
    if (this.#length === this.#memory.length) this.#grow()
    return this.#memory.subarray(this.#length)
  }

  advance(length: number): void {
    this.#length += length
  }

  /** True when more arrived than may be kept; the surplus was dropped. */
  get isOverfull(): boolean {
    return this.#length > this.#limit
  }

  /** What was collected. EFBIG when it was too much. */
  bytes(): Buffer {
    if (this.isOverfull) throw new ErrnoError('EFBIG', `more than ${this.#limit} bytes`)
    return this.#memory.subarray(0, this.#length)
  }

  #grow(): void {
    if (this.isOverfull) {
      this.#length = this.#limit + 1
      return
    }
    const larger = Buffer.allocUnsafeSlow(this.#memory.length * 2)
    this.#memory.copy(larger)
    this.#memory = larger
  }
}
