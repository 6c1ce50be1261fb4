/**
 * A piece of a page that one fetch fills. It is there from the moment it is asked for, so that
 * concurrent readers share one fetch, and becomes ready when its last byte is there and it is
 * confirmed whose bytes they are.
 */

import { deferred, type Deferred } from '../support/deferred.ts'

export class PagePart {
  /** Within the page. */
  readonly start: number
  readonly end: number
  readonly bytes: Uint8Array
  /** Somebody waits for it. */
  isAwaited = false
  #filled = 0
  #isConfirmed = false
  /** The attempt of the read that fills it, or did. */
  #attempt = 0
  /** Made when somebody waits: most pieces are there before. */
  #ready: Deferred<void> | undefined
  #failure: { readonly reason: unknown } | undefined

  constructor(start: number, bytes: Uint8Array) {
    this.start = start
    this.end = start + bytes.length
    this.bytes = bytes
  }

  /** Resolves when it is ready. */
  get ready(): Promise<void> {
    this.isAwaited = true
    if (!this.#ready) {
      this.#ready = deferred()
      this.#ready.promise.catch(() => {}) // who waits may have been interrupted
      if (this.isReady) this.#ready.resolve()
      if (this.#failure) this.#ready.reject(this.#failure.reason)
    }
    return this.#ready.promise
  }

  get isReady(): boolean {
    return this.isFull && this.#isConfirmed
  }

  get isFull(): boolean {
    return this.#filled === this.bytes.length
  }

  /** What is to be filled next. */
  get space(): Uint8Array {
    return this.#filled === 0 ? this.bytes : this.bytes.subarray(this.#filled)
  }

  advance(length: number): void {
    this.#filled += length
    if (this.isReady) this.#ready?.resolve()
  }

  /** Bytes that are still missing come by this attempt, and may be of another file again. */
  begin(attempt: number): void {
    if (!this.isFull) this.#attempt = attempt
  }

  /** All attempts up to this one have brought bytes of what was asked for. */
  confirm(attempt: number): void {
    if (this.#attempt > attempt) return
    this.#isConfirmed = true
    if (this.isReady) this.#ready?.resolve()
  }

  fail(reason: unknown): void {
    if (this.isReady) return
    this.#failure = { reason }
    this.#ready?.reject(reason)
  }
}
