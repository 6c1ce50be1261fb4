import { detachable } from '../support/abortable.ts'
import { ErrnoError } from '../support/errno-error.ts'

/**
 * Changes that programs ask for: refused on a read-only mount; once begun they are followed to
 * their end, even if nobody waits for them any more, because what has been sent may happen.
 */
export class Changes {
  readonly #readOnly: boolean
  readonly #running = new Set<Promise<unknown>>()

  constructor({ readOnly }: { readonly readOnly: boolean }) {
    this.#readOnly = readOnly
  }

  /** EROFS on a read-only mount. */
  assertAllowed(): void {
    if (this.#readOnly) throw new ErrnoError('EROFS', 'the mount is read-only')
  }

  /** An interrupt ends the waiting, not the change; `takeBack` gets what nobody receives. */
  follow<T>(
    change: Promise<T>,
    signal: AbortSignal | undefined,
    takeBack?: (result: T) => unknown,
  ): Promise<T> {
    this.#running.add(change)
    const forget = (): void => void this.#running.delete(change)
    change.then(forget, forget)
    return detachable(change, signal, takeBack)
  }

  /** When all that were begun have ended, well or not. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#running)
  }
}
