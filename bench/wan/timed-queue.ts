/** Things that become due in the order in which they were put in; times in ms of performance.now(). */

interface Entry<T> {
  readonly dueMs: number
  readonly value: T
}

export class TimedQueue<T> {
  #entries: Entry<T>[] = []
  #first = 0

  get nextMs(): number {
    return this.#entries[this.#first]?.dueMs ?? Infinity
  }

  get size(): number {
    return this.#entries.length - this.#first
  }

  push(dueMs: number, value: T): void {
    this.#entries.push({ dueMs, value })
  }

  /** The next one that is due. */
  take(nowMs: number): T | undefined {
    const entry = this.#entries[this.#first]
    if (!entry || entry.dueMs > nowMs) return undefined
    this.#first++
    if (this.#first >= 1024 && this.#first * 2 >= this.#entries.length) {
      this.#entries = this.#entries.slice(this.#first)
      this.#first = 0
    }
    return entry.value
  }
}
