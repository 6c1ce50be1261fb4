/**
 * What the sessions of one server learn and share.
 */

import type { Logger } from '../support/logger.ts'
import { PathGate } from './path-gate.ts'
import { ServerClock } from './server-clock.ts'

export class ServerTraits {
  readonly log: Logger
  readonly clock = new ServerClock()
  readonly gate = new PathGate()
  /**
   * `local`: stock UFTPD, MLST tells local time in whole seconds and the exact time needs STAT.
   * `utc`: OPTS MLST was accepted, MLST and MFMT speak UTC with a fraction.
   */
  times: 'local' | 'utc' = 'local'
  /** OPTS MLST was asked for the fact `create` and accepted. */
  tellsBirthTimes = false
  passive: 'EPSV' | 'PASV' = 'EPSV'
  /** False once MFMT or MFF has refused a path for its blanks. */
  takesBlanksInFacts = true
  /** The directory that is `/` of the mount: absolute, or `.` if only relative paths are allowed. */
  root: string | undefined
  /** By their own path: files that blank-names.ts works on under another name. */
  readonly displaced = new Map<string, Displacement>()
  readonly #warned = new Set<string>()

  constructor(log: Logger) {
    this.log = log
  }

  /** The server's name of a path of the mount. */
  path(path: string): string {
    const root = this.root ?? '.'
    if (path === '/') return root
    return root === '/' ? path : root + path
  }

  /** Warns once per subject, however often it comes up. */
  warnOnce(subject: string, message: string): void {
    if (this.#warned.has(subject) || this.#warned.size >= warnedMax) return
    this.#warned.add(subject)
    this.log.warn(message, { subject })
  }
}

export interface Displacement {
  readonly temporaryPath: string
  /** The session that was at it has died. */
  readonly isAbandoned: () => boolean
}

const warnedMax = 1_000
