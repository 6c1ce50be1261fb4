/**
 * Keeps other sessions away from a file while blank-names.ts has it under another name: a STOR in
 * that window would make a second file, which the rename back would destroy.
 *
 * Whoever works with a path over a data connection passes; whoever displaces one shuts the gate for
 * it, for what is below it and for listings of what is above, once those inside have left.
 */

import { abortable } from '../support/abortable.ts'
import { deferred, type Deferred } from '../support/deferred.ts'

export class PathGate {
  readonly #inside = new Map<object, string>()
  readonly #shut = new Map<object, string>()
  #changed: Deferred<void> = deferred()

  /** Waits until nothing related is displaced. The result is to be called when the work is done. */
  async pass(path: string, signal?: AbortSignal): Promise<() => void> {
    // Nothing may come between the last look and the entry.
    while (this.#isShut(path)) await abortable(this.#changed.promise, signal)
    const ticket = {}
    this.#inside.set(ticket, path)
    return () => {
      this.#inside.delete(ticket)
      this.#wake()
    }
  }

  /** Waits until nobody works with anything related, and lets nobody in until called back. */
  async shut(path: string, signal?: AbortSignal): Promise<() => void> {
    while (this.#isShut(path)) await abortable(this.#changed.promise, signal)
    const ticket = {}
    this.#shut.set(ticket, path)
    const open = (): void => {
      this.#shut.delete(ticket)
      this.#wake()
    }
    try {
      const isInside = (): boolean =>
        [...this.#inside.values()].some((other) => areRelated(other, path))
      while (isInside()) await abortable(this.#changed.promise, signal)
    } catch (error) {
      open()
      throw error
    }
    return open
  }

  #isShut(path: string): boolean {
    if (this.#shut.size === 0) return false
    return [...this.#shut.values()].some((other) => areRelated(other, path))
  }

  #wake(): void {
    const changed = this.#changed
    this.#changed = deferred()
    changed.resolve()
  }
}

/** The same, or one below the other. */
function areRelated(a: string, b: string): boolean {
  return a === b || a.startsWith(asDirectory(b)) || b.startsWith(asDirectory(a))
}

function asDirectory(path: string): string {
  return path.endsWith('/') ? path : `${path}/`
}
