/**
 * What RANG, REST and ALLO have said about the next transfer. Numbers may be as large as clients
 * like (pyunicore: offset + 2^63 - 1): they saturate, and a saturated end means "until the end".
 */

import { Refusal } from './refusal.ts'

export class TransferRange {
  #offset = 0
  #count: number | undefined
  #ranged = false

  get offset(): number {
    return this.#offset
  }

  /** Bytes announced by RANG or ALLO; undefined: until the end. */
  get count(): number | undefined {
    return this.#count
  }

  /** A range inside the file: what lies around it stays. */
  get ranged(): boolean {
    return this.#ranged
  }

  reset(): void {
    this.#offset = 0
    this.#count = undefined
    this.#ranged = false
  }

  /** `RANG a b`: bytes a to b, b exclusive (stock's meaning, unlike the RFC draft's). */
  setRange(first: bigint, end: bigint): void {
    this.#offset = saturated(first)
    this.#count = counted(end > first ? end - first : 0n)
    this.#ranged = true
  }

  /** `REST n` leaves the count, as stock. */
  setOffset(offset: bigint): void {
    this.#offset = saturated(offset)
    this.#ranged = false
  }

  /** `ALLO n` keeps the offset. */
  setCount(count: bigint): void {
    this.#count = counted(count)
  }

  /** The bytes to send of a file of `size`. */
  readable(size: number): number {
    // ALLO announces what a client will send: it says nothing about a RETR, unless ranged.
    const limit = this.#ranged ? (this.#count ?? Infinity) : Infinity
    return Math.max(0, Math.min(limit, size - this.#offset))
  }

  /**
   * True when a store that ended by the client's close has all that was announced. After REST,
   * clients (lftp) announce the whole file's size.
   */
  isComplete(received: number): boolean {
    if (this.#count === undefined || received >= this.#count) return true
    return !this.#ranged && this.#offset + received >= this.#count
  }
}

/** A decimal argument; Refusal 501 when it is none or negative. */
export function parseCount(text: string | undefined): bigint {
  if (text === undefined || !/^\+?\d{1,40}$/.test(text)) {
    throw new Refusal(501, 'Argument syntax error')
  }
  return BigInt(text)
}

const largest = BigInt(Number.MAX_SAFE_INTEGER)

function saturated(value: bigint): number {
  return Number(value > largest ? largest : value)
}

function counted(value: bigint): number | undefined {
  return value >= largest ? undefined : Number(value)
}
