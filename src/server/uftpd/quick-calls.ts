/**
 * Decides which thread makes a call of the file system. What the kernel has in memory it tells in a
 * few µs, while handing a call to another thread takes 10 to 20 times as long; but a call that waits
 * for a disk or another machine holds up every session if this thread makes it. So a storage has to
 * prove itself in another thread, and is trusted for a moment, which each quick call prolongs. When
 * its calls become slow they are made in other threads, for a time in proportion to what was lost.
 * docs/decisions/server-quick-calls.md argues the numbers.
 */

import type { Clock } from '../../support/clock.ts'

/** A call of the file system, in its two forms. */
export interface Call<Args extends readonly unknown[], Result> {
  readonly here: (...args: Args) => Result
  readonly inThread: (...args: Args) => Promise<Result>
}

/** Decides where calls are made. */
export type CallMaker = Pick<QuickCalls, 'make'>

/** For what is not known to be quick, whatever is around it. */
export const inThreads: CallMaker = { make: async (call, ...args) => call.inThread(...args) }

/** What moves or frees more bytes is no small call: it belongs in another thread. */
export const quickBytes = 128 * 1024

/** Mean time of the calls in this thread above which they wait for something. */
const slowMs = 0.2
/** How much one call counts in the mean. */
const weight = 1 / 16
/** A busy machine makes a thread wait for its turn, within any call: one such call is no sign. */
const countedMs = 2.5
/** So long that no scheduler can be the cause. */
const hangMs = 100
/** A proof that takes longer is none, if only because nobody had time for it: it costs little. */
const proofMs = 20
/** Trust ends when nothing was asked for that long: much can happen to a storage meanwhile. */
const trustMs = 1000
/** Pause per time lost by the last slow call: few percent of this thread's time go that way. */
const pauseFactor = 50
const shortestPauseMs = 100
/** However long a call has hung: what comes after the pause is a proof, which costs nobody. */
const longestPauseMs = 60_000

export class QuickCalls {
  /** Only this kernel changes what is stored, so what it remembers is true. Told with the proof. */
  isLocal = false
  readonly #clock: Pick<Clock, 'monotonicMs'>
  #meanMs = 0
  #trustEndMs = -Infinity
  #pauseEndMs = -Infinity
  #proving = false

  /** One for each storage. */
  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock
  }

  /** Calls may be made in this thread. */
  get trusted(): boolean {
    return this.#clock.monotonicMs() < this.#trustEndMs
  }

  /** A proof is due. */
  get doubted(): boolean {
    const nowMs = this.#clock.monotonicMs()
    return nowMs >= this.#trustEndMs && nowMs >= this.#pauseEndMs && !this.#proving
  }

  /** `ask` asks the storage in another thread, and resolves with false if it must not be trusted. */
  async prove(ask: () => Promise<boolean>): Promise<void> {
    const startMs = this.#clock.monotonicMs()
    this.#proving = true
    let isFit = false
    try {
      isFit = await ask()
    } finally {
      this.#proving = false
      const nowMs = this.#clock.monotonicMs()
      const tookMs = nowMs - startMs
      if (!isFit) this.#pause(nowMs, longestPauseMs)
      else if (tookMs > proofMs) this.#pause(nowMs, tookMs)
      else this.#trustEndMs = nowMs + trustMs
    }
  }

  /** Makes a call in this thread if the storage is trusted, otherwise in another. */
  async make<Args extends readonly unknown[], Result>(
    call: Call<Args, Result>,
    ...args: Args
  ): Promise<Result> {
    return this.trusted ? this.makeHere(call, ...args) : call.inThread(...args)
  }

  /** Makes a call in this thread. For who has asked whether the storage is trusted. */
  makeHere<Args extends readonly unknown[], Result>(
    { here }: Pick<Call<Args, Result>, 'here'>,
    ...args: Args
  ): Result {
    const startMs = this.#clock.monotonicMs()
    try {
      return here(...args)
    } finally {
      this.#judge(startMs)
    }
  }

  /** A call has been made in this thread. */
  #judge(startMs: number): void {
    const nowMs = this.#clock.monotonicMs()
    const tookMs = nowMs - startMs
    this.#meanMs += (Math.min(tookMs, countedMs) - this.#meanMs) * weight
    if (this.#meanMs <= slowMs && tookMs < hangMs) {
      this.#trustEndMs = nowMs + trustMs
      return
    }
    this.#pause(nowMs, tookMs * pauseFactor)
    // What was slow will be trusted half only.
    this.#meanMs = slowMs / 2
  }

  #pause(nowMs: number, ms: number): void {
    this.#pauseEndMs = nowMs + Math.min(Math.max(shortestPauseMs, ms), longestPauseMs)
    this.#trustEndMs = -Infinity
  }
}
