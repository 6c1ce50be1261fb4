import { deferred, type Deferred } from './deferred.ts'

/**
 * Counting semaphore, first come first served. With one permit it is a mutex.
 * `acquire` gives a release function that may be called any number of times.
 */
export class Semaphore {
  #free: number
  readonly #waiters: Deferred<void>[] = []

  constructor(permits: number) {
    this.#free = permits
  }

  /** Whether `acquire` would not wait. */
  get isFree(): boolean {
    return this.#free > 0
  }

  async acquire(signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted()
    if (this.#free > 0) this.#free -= 1
    else await this.#wait(signal)
    let held = true
    return () => {
      if (!held) return
      held = false
      const next = this.#waiters.shift()
      if (next) next.resolve()
      else this.#free += 1
    }
  }

  /** Runs `body` while holding one permit. */
  async run<T>(body: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const release = await this.acquire(signal)
    try {
      return await body()
    } finally {
      release()
    }
  }

  async #wait(signal: AbortSignal | undefined): Promise<void> {
    const waiter = deferred()
    const abort = (): void => {
      const index = this.#waiters.indexOf(waiter)
      if (index < 0) return
      this.#waiters.splice(index, 1)
      waiter.reject(signal!.reason)
    }
    this.#waiters.push(waiter)
    signal?.addEventListener('abort', abort, { once: true })
    try {
      await waiter.promise
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }
}
