/**
 * The sessions of one mount.
 *
 * Ordering. The first session is the metadata session: control commands of all callers are
 * pipelined on it and overtake no transfer's bytes. The others carry transfers, each leased to one
 * transfer at a time; waiters are served in order. If the server grants only one session, transfers
 * lease the metadata session and commands queue behind their control commands: slower, never stuck,
 * because nobody holds a lease while waiting for another one. After a while more are tried again: what
 * the server counted may have been sessions of ours that had died.
 *
 * Sessions are opened when they are first needed, one at a time, and kept (the server has no idle
 * limit). A ticket is good for all sessions as long as one of them lives; the server forgets the
 * one-time password within seconds after the last has ended, so a refused password means: sign on
 * again. Callers that wait for a session share one attempt.
 *
 * A lost session is replaced when the next caller needs one. What was under way on it is repeated by
 * `withRetry` until the time limit, if it may be (retry.ts).
 */

import { abortable } from '../support/abortable.ts'
import type { Clock } from '../support/clock.ts'
import { deferred, type Deferred } from '../support/deferred.ts'
import { ErrnoError } from '../support/errno-error.ts'
import type { Logger } from '../support/logger.ts'
import { login } from './login.ts'
import type { ServerTraits } from './server-traits.ts'
import { SessionRefused } from './session-refused.ts'
import type { SessionTicket } from './session-ticket.ts'
import type { Session } from './session.ts'

export interface SessionPoolOptions {
  /** Gives a fresh ticket; called again when the last one has become void. */
  readonly signOn: (signal?: AbortSignal) => Promise<SessionTicket>
  readonly traits: ServerTraits
  /** At least 1. */
  readonly sessions: number
  readonly silenceMs: number
  readonly base?: string | undefined
  readonly directory?: string | undefined
  readonly clock: Clock
  readonly log: Logger
}

/** How long to do with the sessions that were granted before asking for more. */
const regrowMs = 60_000

/** A session for one transfer. */
export interface Lease {
  readonly session: Session
  release(): void
}

interface Slot {
  session: Session | undefined
  leased: boolean
}

export class SessionPool {
  readonly #options: SessionPoolOptions
  readonly #slots: Slot[]
  readonly #waiting: Deferred<Slot>[] = []
  readonly #closing = new AbortController()
  #ticket: SessionTicket | undefined
  #opening: Promise<unknown> = Promise.resolve()
  #metadataOpening: Promise<Session> | undefined
  #opened = 0
  #regrowAtMs = 0

  constructor(options: SessionPoolOptions) {
    this.#options = options
    this.#slots = Array.from({ length: Math.max(1, options.sessions) }, () => ({
      session: undefined,
      leased: false,
    }))
  }

  /** The session that takes control commands. */
  async metadata(signal?: AbortSignal): Promise<Session> {
    const slot = this.#slots[0]!
    if (slot.session?.isAlive) return slot.session
    this.#metadataOpening ??= this.#open(slot).finally(() => (this.#metadataOpening = undefined))
    this.#metadataOpening.catch(() => {})
    return abortable(this.#metadataOpening, signal)
  }

  /** A session for one transfer; waits until one is free. */
  async lease(signal?: AbortSignal): Promise<Lease> {
    for (;;) {
      const slot = await this.#claim(signal)
      try {
        const session = slot.session?.isAlive ? slot.session : await this.#openFor(slot, signal)
        return { session, release: () => this.#release(slot, session) }
      } catch (error) {
        const degraded = error instanceof SessionRefused && this.#degrade(slot, error)
        this.#giveBack(slot)
        if (!degraded) throw error
      }
    }
  }

  /** An open data session that nobody uses, or undefined. */
  tryLeaseIdle(): Lease | undefined {
    const slot = this.#transferSlots().find(({ session, leased }) => !leased && session?.isAlive)
    if (!slot?.session) return undefined
    slot.leased = true
    const { session } = slot
    return { session, release: () => this.#release(slot, session) }
  }

  /** Ends all sessions. Idempotent. */
  async close(): Promise<void> {
    this.#closing.abort(new ErrnoError('ECANCELED', 'the mount ends'))
    for (const waiter of this.#waiting.splice(0)) waiter.reject(this.#closing.signal.reason)
    await this.#opening.catch(() => {})
    const sessions = this.#slots.flatMap(({ session }) => session ?? [])
    await Promise.all(sessions.map((session) => session.close()))
  }

  #transferSlots(): readonly Slot[] {
    return this.#slots.length === 1 ? this.#slots : this.#slots.slice(1)
  }

  async #claim(signal: AbortSignal | undefined): Promise<Slot> {
    signal?.throwIfAborted()
    this.#closing.signal.throwIfAborted()
    this.#regrow()
    const free = this.#transferSlots().filter(({ leased }) => !leased)
    const slot = free.find(({ session }) => session?.isAlive) ?? free[0]
    if (slot) {
      slot.leased = true
      return slot
    }
    const waiter = deferred<Slot>()
    this.#waiting.push(waiter)
    try {
      return await abortable(waiter.promise, signal)
    } catch (error) {
      const index = this.#waiting.indexOf(waiter)
      if (index >= 0) this.#waiting.splice(index, 1)
      else void waiter.promise.then((given) => this.#giveBack(given)).catch(() => {})
      throw error
    }
  }

  /** A cancelled transfer still occupies its session until the server has noticed. */
  #release(slot: Slot, session: Session): void {
    const idle = session.transferLock.acquire().then((release) => release())
    void Promise.race([idle, session.ended]).then(() => this.#giveBack(slot))
  }

  #giveBack(slot: Slot): void {
    const isInUse = this.#transferSlots().includes(slot)
    const next = isInUse ? this.#waiting.shift() : undefined
    if (next) next.resolve(slot)
    else slot.leased = false
  }

  #openFor(slot: Slot, signal: AbortSignal | undefined): Promise<Session> {
    if (slot === this.#slots[0]) return this.metadata(signal)
    return abortable(this.#open(slot), signal)
  }

  /** One session at a time: a burst of logins would hit limits that waiting avoids. */
  #open(slot: Slot): Promise<Session> {
    const opening = this.#opening.catch(() => {}).then(() => this.#logIn(slot))
    this.#opening = opening
    opening.catch(() => {})
    return opening
  }

  async #logIn(slot: Slot): Promise<Session> {
    if (slot.session?.isAlive) return slot.session
    const { signal } = this.#closing
    signal.throwIfAborted()
    const known = this.#ticket
    this.#ticket ??= await this.#options.signOn(signal)
    try {
      slot.session = await this.#logInWith(this.#ticket)
    } catch (error) {
      const isVoid = error instanceof SessionRefused && error.kind === 'unknown-secret'
      if (!known || !isVoid || this.#ticket !== known) throw error
      this.#options.log.info('the session ticket has become void, signing on again')
      this.#ticket = await this.#options.signOn(signal)
      slot.session = await this.#logInWith(this.#ticket)
    }
    return slot.session
  }

  #logInWith(ticket: SessionTicket): Promise<Session> {
    const { traits, silenceMs, base, directory, log } = this.#options
    this.#opened += 1
    const { signal } = this.#closing
    return login({ id: this.#opened, ticket, traits, base, directory, silenceMs, log, signal })
  }

  #regrow(): void {
    const { sessions, clock } = this.#options
    if (this.#slots.length >= sessions || clock.monotonicMs() < this.#regrowAtMs) return
    this.#slots.push({ session: undefined, leased: false })
    this.#regrowAtMs = clock.monotonicMs() + regrowMs
  }

  /** The server grants fewer sessions: do with those we have. False if there is none. */
  #degrade(slot: Slot, refusal: SessionRefused): boolean {
    const hasOther = this.#slots.some((other) => other !== slot && other.session?.isAlive)
    if (!hasOther || (refusal.kind !== 'limit' && refusal.kind !== 'busy')) return false
    const index = this.#slots.indexOf(slot)
    if (index > 0) this.#slots.splice(index, 1)
    this.#regrowAtMs = this.#options.clock.monotonicMs() + regrowMs
    this.#options.log.warn('the server grants fewer sessions than wanted', {
      sessions: this.#slots.length,
      reason: refusal.explanation,
    })
    // With one session left those who wait are served by it.
    const free = this.#transferSlots().find(({ leased }) => !leased)
    const next = free ? this.#waiting.shift() : undefined
    if (free && next) {
      free.leased = true
      next.resolve(free)
    }
    return true
  }
}
