/**
 * A lock that many may share or one may have alone, first come first served: who shares waits behind
 * one that waits to be alone.
 */

import { deferred, type Deferred } from './deferred.ts'

interface Waiter {
  readonly alone: boolean
  readonly turn: Deferred<void>
}

export class SharedLock {
  #sharing = 0
  #isAlone = false
  readonly #waiters: Waiter[] = []

  /** Runs `body` beside others that share. */
  shared<T>(body: () => Promise<T>): Promise<T> {
    return this.#run(false, body)
  }

  /** Runs `body` while nobody else has the lock. */
  alone<T>(body: () => Promise<T>): Promise<T> {
    return this.#run(true, body)
  }

  async #run<T>(alone: boolean, body: () => Promise<T>): Promise<T> {
    if (this.#waiters.length > 0 || !this.#isFree(alone)) {
      const turn = deferred()
      this.#waiters.push({ alone, turn })
      await turn.promise
    } else this.#take(alone)
    try {
      return await body()
    } finally {
      if (alone) this.#isAlone = false
      else this.#sharing -= 1
      this.#admit()
    }
  }

  #isFree(alone: boolean): boolean {
    return !this.#isAlone && (!alone || this.#sharing === 0)
  }

  #take(alone: boolean): void {
    if (alone) this.#isAlone = true
    else this.#sharing += 1
  }

  #admit(): void {
    for (let next; (next = this.#waiters[0]) && this.#isFree(next.alone);) {
      this.#waiters.shift()
      this.#take(next.alone)
      next.turn.resolve()
    }
  }
}
