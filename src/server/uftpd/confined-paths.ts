/**
 * The way of every operation to its files: through the jail, past the session's rules, with errors
 * that speak of the client's path. The rules judge where a path really leads, links followed; the
 * path as the client writes it is judged by who takes it from the client.
 */

import type { AccessRules } from './access-rules.ts'
import type { Entry, Jail, Pin } from './jail.ts'
import { speakingOf } from './storage-error.ts'

export class ConfinedPaths {
  readonly jail: Jail
  readonly #rules: AccessRules

  constructor(jail: Jail, rules: AccessRules) {
    this.jail = jail
    this.#rules = rules
  }

  judge(realPath: string): void {
    this.#rules.assertPath(this.jail.visiblePath(realPath))
  }

  judgeMoving(realPath: string): void {
    this.#rules.assertMovable(this.jail.visiblePath(realPath))
  }

  /** With what the path leads to, not judged: only to tell about it. */
  toLookAt<T>(path: string, body: (pin: Pin) => T | Promise<T>): Promise<T> {
    return speakingOf(path, () => this.jail.withPin(path, body))
  }

  /** With what the path itself names, not judged: as `toLookAt`, but a link is not followed. */
  toLookAtItself<T>(path: string, body: (pin: Pin) => T | Promise<T>): Promise<T> {
    return speakingOf(path, () => this.jail.withPinOfItself(path, body))
  }

  /** With what the path leads to. */
  followed<T>(path: string, body: (pin: Pin) => Promise<T>): Promise<T> {
    return this.toLookAt(path, (pin) => {
      this.judge(pin.realPath)
      return body(pin)
    })
  }

  /** With a name, whether or not there is something by it; a link is not followed. */
  named<T>(path: string, body: (entry: Entry) => Promise<T>): Promise<T> {
    return speakingOf(path, () =>
      this.jail.withEntry(path, (entry) => {
        this.judge(entry.realPath)
        return body(entry)
      }),
    )
  }

  /** With what the path itself names: as `followed`, but a link is not followed. */
  itself<T>(path: string, body: (pin: Pin) => Promise<T>): Promise<T> {
    return this.toLookAtItself(path, (pin) => {
      this.judge(pin.realPath)
      return body(pin)
    })
  }

  /** With two names, of which the first gets away from where it is. */
  renamed<T>(
    from: string,
    to: string,
    body: (source: Entry, target: Entry) => Promise<T>,
  ): Promise<T> {
    const both = (): Promise<T> =>
      this.jail.withEntry(from, (source) => {
        this.judgeMoving(source.realPath)
        return this.jail.withEntry(to, (target) => {
          this.judge(target.realPath)
          return body(source, target)
        })
      })
    return speakingOf(from, both, to)
  }
}
