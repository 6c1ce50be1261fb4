/** What a session may do: the permission level of its request and its path patterns. */

import { matchesGlob } from './glob.ts'
import { Refusal } from './refusal.ts'

/** Each level includes those before it. */
const levels = ['NONE', 'INFO', 'READ', 'WRITE', 'FULL'] as const

export type AccessLevel = (typeof levels)[number]

export function isAccessLevel(value: string): value is AccessLevel {
  return (levels as readonly string[]).includes(value)
}

export class AccessRules {
  readonly #level: number
  readonly #includes: readonly string[]
  readonly #excludes: readonly string[]

  /** The patterns are absolute and match complete paths, `*` also across slashes. */
  constructor(level: AccessLevel, includes: readonly string[], excludes: readonly string[]) {
    this.#level = levels.indexOf(level)
    this.#includes = includes
    this.#excludes = excludes
  }

  assertLevel(needed: AccessLevel): void {
    if (this.#level < levels.indexOf(needed)) throw new Refusal(534, 'Access denied')
  }

  assertPath(path: string): void {
    for (const pattern of this.#excludes) {
      if (matchesGlob(pattern, path)) {
        throw new Refusal(534, `Forbidden: ${path} excluded via ${shown(this.#excludes)}`)
      }
    }
    if (this.#includes.length === 0) return
    if (this.#includes.some((pattern) => matchesGlob(pattern, path))) return
    throw new Refusal(534, `Forbidden: ${path} not included in ${shown(this.#includes)}`)
  }

  /** Moving a directory away must not take an excluded file out of its pattern. */
  assertMovable(path: string): void {
    this.assertPath(path)
    if (this.#excludes.some((pattern) => literalStart(pattern).startsWith(`${path}/`))) {
      throw new Refusal(534, `Forbidden: ${path} holds what is excluded`)
    }
  }
}

/** What stands before the first wildcard. */
function literalStart(pattern: string): string {
  return pattern.replace(/[*?[].*$/s, '')
}

function shown(patterns: readonly string[]): string {
  return `[${patterns.map((pattern) => `'${pattern}'`).join(', ')}]`
}
