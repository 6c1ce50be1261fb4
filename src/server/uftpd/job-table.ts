/**
 * One-time passwords and the sessions that use them.
 *
 * A password lives 300 s unused. Once a session has started it lives as long as a session of it
 * runs, and until the next housekeeping round (every 5 s) after the last one ended: persistent
 * passwords let a client reconnect that long. MAX_CONNECTIONS counts per user: each unused password
 * is one, its first session takes that place over, every further session is one more. Ended sessions
 * free their places at once (stock: with the next round).
 *
 * Only digests of the passwords are kept, so the look-up tells nothing by its timing.
 */

import { createHash } from 'node:crypto'
import type { Clock } from '../../support/clock.ts'
import type { Secret } from '../../support/secret.ts'
import { Refusal } from './refusal.ts'
import type { TransferRequest } from './transfer-request.ts'

const unusedLifeMs = 300_000
export const housekeepingMs = 5000

/** Passwords known at one time, over all users: bounds memory whatever the Auth server does. */
const tableLimit = 10_000

interface Job {
  readonly request: TransferRequest
  readonly expiresMs: number
  used: boolean
  running: number
}

/** One running session's hold on its password. */
export interface SessionTicket {
  readonly request: TransferRequest
  /** Ends the session's count; may be called any number of times. */
  release(): void
}

export class JobTable {
  readonly #jobs = new Map<string, Job>()
  readonly #clock: Clock
  readonly #maxPerUser: number

  constructor(clock: Clock, maxPerUser: number) {
    this.#clock = clock
    this.#maxPerUser = maxPerUser
  }

  get size(): number {
    return this.#jobs.size
  }

  /** Refused with stock's texts: the Auth server passes them on to the user. */
  add(request: TransferRequest): void {
    this.housekeep()
    if (this.#countOf(request.user) >= this.#maxPerUser) {
      throw new Refusal(
        500,
        `Too many active sessions for '${request.user}' - server limit is ${this.#maxPerUser}`,
      )
    }
    if (this.#jobs.size >= tableLimit) throw new Refusal(500, 'Too many pending transfer requests')
    const key = digest(request.secret.reveal())
    if (this.#jobs.has(key)) throw new Refusal(500, 'Duplicate secret - this is not allowed.')
    const expiresMs = this.#clock.monotonicMs() + unusedLifeMs
    this.#jobs.set(key, { request, expiresMs, used: false, running: 0 })
  }

  /** Starts a session. `isAllowed` judges the client's address before anything is counted. */
  claim(secret: Secret, isAllowed: (request: TransferRequest) => void): SessionTicket {
    const job = this.#jobs.get(digest(secret.reveal()))
    if (!job || this.#isExpired(job)) {
      throw new Refusal(530, 'Not logged in: no matching transfer request found')
    }
    const { request } = job
    isAllowed(request)
    if (job.used && !request.persistent) {
      throw new Refusal(500, 'Session for these credentials is already running')
    }
    if (job.used && this.#countOf(request.user) >= this.#maxPerUser) {
      throw new Refusal(
        500,
        `Too many active transfer requests / sessions for '${request.user}' - ` +
          `server limit is ${this.#maxPerUser}`,
      )
    }
    job.used = true
    job.running += 1
    let held = true
    const release = (): void => {
      if (held) job.running -= 1
      held = false
    }
    return { request, release }
  }

  /** Drops expired passwords and those whose sessions have all ended. */
  housekeep(): void {
    for (const [key, job] of this.#jobs) {
      if (this.#isExpired(job)) this.#jobs.delete(key)
    }
  }

  /** To be called every `housekeepingMs`. */
  endOfRound(): void {
    for (const [key, job] of this.#jobs) {
      if (this.#isExpired(job) || (job.used && job.running === 0)) this.#jobs.delete(key)
    }
  }

  #isExpired(job: Job): boolean {
    return !job.used && this.#clock.monotonicMs() >= job.expiresMs
  }

  #countOf(user: string): number {
    let count = 0
    for (const job of this.#jobs.values()) {
      if (job.request.user === user) count += job.used ? job.running : 1
    }
    return count
  }
}

function digest(secret: string): string {
  return createHash('sha256').update(secret).digest('base64')
}
