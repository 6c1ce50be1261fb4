import { deferred, type Deferred } from '../support/deferred.ts'
import type { ByteSink, OpenedState } from './remote.ts'

/** 128 KiB: the kernel's default read-ahead, small enough that a random read wastes little. */
export const pageBytes = 128 * 1024

/** A page could not be filled although others may have been: the file ended before it. */
export class EndOfFile extends Error {
  override readonly name = 'EndOfFile'
}

/** The bytes that were fetched may be of another file, or content, than what was asked for. */
export class ContentChanged extends Error {
  override readonly name = 'ContentChanged'
}

/**
 * A piece of a file's content, aligned to `pageBytes`. It is in the cache from the moment it is
 * asked for, so that concurrent readers share one fetch, and becomes ready when its last byte is
 * there and it is confirmed whose bytes they are.
 */
export class Page {
  readonly index: number
  readonly bytes: Buffer
  /** Bytes filled so far. */
  filled = 0
  #isConfirmed = false
  /** The attempt of the read that fills it, or did. */
  #attempt = 0
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

  get isFull(): boolean {
    return this.filled === this.bytes.length
  }

  get isReady(): boolean {
    return this.isFull && this.#isConfirmed
  }

  advance(length: number): void {
    this.filled += length
    if (this.isReady) this.#settle(() => this.#ready.resolve())
  }

  /** Bytes that are still missing come by this attempt, and may be of another file again. */
  begin(attempt: number): void {
    if (!this.isFull) this.#attempt = attempt
  }

  /** All attempts up to this one have brought bytes of what was asked for. */
  confirm(attempt: number): void {
    if (this.#attempt > attempt) return
    this.#isConfirmed = true
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
  readonly #check: (file: OpenedState) => Promise<void>
  #current = 0
  #attempt = 0
  #checked: Promise<void> = Promise.resolve()

  /** `check`: whether these are bytes of what was asked for; rejects if not. */
  constructor(pages: readonly Page[], check: (file: OpenedState) => Promise<void>) {
    this.#pages = pages
    this.#check = check
  }

  /** Resolves when all attempts so far are known to have read what was asked for. */
  get checked(): Promise<void> {
    return this.#checked
  }

  begin(): void {
    this.#attempt += 1
    for (const page of this.#pages) page.begin(this.#attempt)
  }

  opened(file: OpenedState): void {
    const attempt = this.#attempt
    const check = this.#check(file)
    this.#checked = Promise.all([this.#checked, check]).then(() => {
      for (const page of this.#pages) page.confirm(attempt)
    })
    this.#checked.catch(() => {}) // asked for in the end, unless the read itself fails
  }

  space(): Uint8Array {
    const page = this.#pages[this.#current]
    if (!page) throw new RangeError('all pages of this read are filled')
    return page.bytes.subarray(page.filled)
  }

  advance(length: number): void {
    const page = this.#pages[this.#current]!
    page.advance(length)
    if (page.isFull) this.#current += 1
  }
}
