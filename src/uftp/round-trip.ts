/**
 * How far away the server is: the shortest of the latest times between a command and the first byte
 * of its answer. What is longer was spent on work there, or in a queue.
 */

import { type Clock, systemClock } from '../support/clock.ts'

/** Enough that one of them was answered at once; few enough that a new route shows soon. */
const samplesKept = 64

export class RoundTrip {
  readonly #clock: Clock
  readonly #samples: number[] = []
  #next = 0
  #shortestMs = 0

  constructor(clock: Clock = systemClock) {
    this.#clock = clock
  }

  /** 0 as long as nothing has been answered. */
  get ms(): number {
    return this.#shortestMs
  }

  /** A command goes to a server that owes no other answer; call the result when it answers. */
  begin(): () => void {
    const sinceMs = this.#clock.monotonicMs()
    return () => this.#note(this.#clock.monotonicMs() - sinceMs)
  }

  #note(ms: number): void {
    this.#samples[this.#next] = ms
    this.#next = (this.#next + 1) % samplesKept
    this.#shortestMs = Math.min(...this.#samples)
  }
}
