import { deferred, type Deferred } from '../support/deferred.ts'
import type { ByteSink } from './remote.ts'

/** 128 KiB: the kernel's default read-ahead, small enough that a random read wastes little. */
export const pageBytes = 128 * 1024

/** A page could not be filled although others may have been: the file ended before it. */
export class EndOfFile extends Error {
  override readonly name = 'EndOfFile'
}

/**
 * A piece of a file's content, aligned to `pageBytes`. It is in the cache from the moment it is
 * asked for, so that concurrent readers share one fetch, and becomes ready when its last byte is
 * there.
 */
export class Page {
  readonly index: number
  readonly bytes: Buffer
  /** Bytes filled so far. */
  filled = 0
  readonly #ready: Deferred<void> = deferred()
  #settled = false

  /** `length`: bytes the page will hold; less than `pageBytes` only at the end of a file. */
  constructor(index: number, length: number) {
    this.index = index
    this.bytes = Buffer.allocUnsafeSlow(length)
    // A failure matters only to those who wait.
    this.#ready.promise.catch(() => {})
  }

  get ready(): Promise<void> {
    return this.#ready.promise
  }

  get isReady(): boolean {
    return this.filled === this.bytes.length
  }

  advance(length: number): void {
    this.filled += length
    if (this.isReady) this.#settle(() => this.#ready.resolve())
  }

  fail(reason: unknown): void {
    this.#settle(() => this.#ready.reject(reason))
  }

  #settle(settle: () => void): void {
    if (this.#settled) return
    this.#settled = true
    settle()
  }
}

/** Lets a transport fill consecutive pages in place. */
export class PageSink implements ByteSink {
  readonly #pages: readonly Page[]
  #current = 0

  constructor(pages: readonly Page[]) {
    this.#pages = pages
  }

  space(): Uint8Array {
    const page = this.#pages[this.#current]
    if (!page) throw new RangeError('all pages of this read are filled')
    return page.bytes.subarray(page.filled)
  }

  advance(length: number): void {
    const page = this.#pages[this.#current]!
    page.advance(length)
    if (page.isReady) this.#current += 1
  }
}
