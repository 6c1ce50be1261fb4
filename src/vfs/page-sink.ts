import type { PagePart } from './page-part.ts'
import type { ByteSink, OpenedState } from './remote.ts'

/** Lets a transport fill parts of pages in place, one after the other. */
export class PageSink implements ByteSink {
  readonly #parts: readonly PagePart[]
  readonly #check: (file: OpenedState) => Promise<void>
  #current = 0
  #attempt = 0
  #checked: Promise<void> = Promise.resolve()

  /** `check`: whether these are bytes of what was asked for; rejects if not. */
  constructor(parts: readonly PagePart[], check: (file: OpenedState) => Promise<void>) {
    this.#parts = parts
    this.#check = check
  }

  /** Resolves when all attempts so far are known to have read what was asked for. */
  get checked(): Promise<void> {
    return this.#checked
  }

  get isAwaited(): boolean {
    return this.#parts.some((part) => part.isAwaited)
  }

  begin(): void {
    this.#attempt += 1
    for (const part of this.#parts) part.begin(this.#attempt)
  }

  opened(file: OpenedState): void {
    const attempt = this.#attempt
    const check = this.#check(file)
    this.#checked = Promise.all([this.#checked, check]).then(() => {
      for (const part of this.#parts) part.confirm(attempt)
    })
    this.#checked.catch(() => {}) // asked for in the end, unless the read itself fails
  }

  space(): Uint8Array {
    const part = this.#parts[this.#current]
    if (!part) throw new RangeError('all parts of this read are filled')
    return part.space
  }

  advance(length: number): void {
    const part = this.#parts[this.#current]!
    part.advance(length)
    if (part.isFull) this.#current += 1
  }
}
