/** Slows the transfers of one session down to a number of bytes per second. */

import { setTimeout as sleep } from 'node:timers/promises'

export class RateLimiter {
  readonly #maximum: number
  #bytesPerSecond: number
  /** When the bytes let through so far are paid for (monotonic ms). */
  #paidUntilMs = 0

  /** 0: no limit. */
  constructor(bytesPerSecond: number) {
    this.#maximum = bytesPerSecond
    this.#bytesPerSecond = bytesPerSecond
  }

  get bytesPerSecond(): number {
    return this.#bytesPerSecond
  }

  /** Lowers the limit; never above what the session was given. 0 asks for no limit. */
  lower(bytesPerSecond: number): void {
    const wanted = bytesPerSecond === 0 ? Infinity : bytesPerSecond
    const limit = Math.min(wanted, this.#maximum === 0 ? Infinity : this.#maximum)
    this.#bytesPerSecond = limit === Infinity ? 0 : limit
  }

  /** Waits until the bytes just moved are within the limit. */
  async account(bytes: number): Promise<void> {
    if (this.#bytesPerSecond === 0) return
    const nowMs = performance.now()
    this.#paidUntilMs = Math.max(nowMs, this.#paidUntilMs) + (bytes / this.#bytesPerSecond) * 1000
    await sleep(this.#paidUntilMs - nowMs)
  }

  /** How much to move at a time, so that the pauses stay short. */
  get chunkLimit(): number {
    return this.#bytesPerSecond === 0 ? Infinity : Math.max(4096, this.#bytesPerSecond >> 3)
  }
}
