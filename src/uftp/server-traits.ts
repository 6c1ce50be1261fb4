/**
 * What the sessions of one server learn and share.
 */

import type { Logger } from '../support/logger.ts'
import { stockAgreement, type Agreement } from './agreement.ts'
import { PathGate } from './path-gate.ts'
import { RoundTrip } from './round-trip.ts'
import { ServerClock } from './server-clock.ts'
import { escapedArgument, pathArgument } from './wire/commands.ts'
import { parseFeatures, type Features, type SiteCommand } from './wire/features.ts'

export class ServerTraits {
  readonly log: Logger
  readonly roundTrip = new RoundTrip()
  readonly clock = new ServerClock()
  readonly gate = new PathGate()
  /** What the first session was offered, and what came of it. */
  features: Features = parseFeatures([])
  agreement: Agreement = stockAgreement
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

  get times(): Agreement['times'] {
    return this.agreement.times
  }

  has(site: SiteCommand): boolean {
    return this.agreement.siteCommands.has(site)
  }

  /** A server's path as an argument of a command; those of SITE always take `escapedArgument`. */
  argument(path: string): string {
    return this.agreement.escapesPaths ? escapedArgument(path) : pathArgument(path)
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
