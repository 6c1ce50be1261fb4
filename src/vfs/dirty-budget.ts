/** How many bytes the mount may hold that the far side has not confirmed. */

import { deferred, type Deferred } from '../support/deferred.ts'

export class DirtyBudget {
  readonly #limitBytes: number
  #heldBytes = 0
  #freed: Deferred<void> = deferred()

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  /** One write is let in whatever its length, or a small budget would let in nothing. */
  hasRoomFor(bytes: number): boolean {
    return this.#heldBytes === 0 || this.#heldBytes + bytes <= this.#limitBytes
  }

  take(bytes: number): void {
    this.#heldBytes += bytes
  }

  free(bytes: number): void {
    if (bytes === 0) return
    this.#heldBytes -= bytes
    const freed = this.#freed
    this.#freed = deferred()
    freed.resolve()
  }

  /** Resolves when something is freed next. */
  get freed(): Promise<void> {
    return this.#freed.promise
  }
}
