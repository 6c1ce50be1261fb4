/**
 * The sessions of one mount.
 *
 * Ordering. The first session is the metadata session: control commands of all callers are
 * pipelined on it and overtake no transfer's bytes. The others carry transfers, each leased to one
 * transfer at a time; waiters are served in order, but what nobody waits for yet (read-ahead) comes
 * after what somebody does. If the server grants only one session, transfers lease the metadata
 * session and commands queue behind their control commands: slower, never stuck, because nobody holds
 * a lease while waiting for another one. After a while more are tried again: what the server counted
 * may have been sessions of ours that had died.
 *
 * Sessions are opened while transfers wait, as many as wait, and kept (the server has no idle limit);
 * whichever is free first takes the next transfer. They are opened side by side, but the very first
 * alone, and so one after all have died: it finds out whether the ticket is still good. A ticket is
 * good for all sessions as long as one of them lives; the server forgets the one-time password within
 * seconds after the last has ended, so a refused password means: sign on again. Callers that wait for
 * a session share one attempt.
 *
 * A lost session is replaced when the next caller needs one. What was under way on it is repeated by
 * `withRetry` until the time limit, if it may be (retry.ts).
 */

import { abortable } from '../support/abortable.ts'
import type { Clock } from '../support/clock.ts'
import { deferred, type Deferred } from '../support/deferred.ts'
import { ErrnoError } from '../support/errno-error.ts'
import type { Logger } from '../support/logger.ts'
import { isLongLink } from '../support/long-link.ts'
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

/** With the one in use they fill 1 Gbit/s up to 100 ms. */
const idleFarAway = 3

/** A session for one transfer. */
export interface Lease {
  readonly session: Session
  /** Control commands of others go over it as well. */
  readonly isShared: boolean
  release(): void
}

interface Slot {
  session: Session | undefined
  leased: boolean
}

interface Waiter {
  readonly slot: Deferred<Slot>
  readonly isAwaited: () => boolean
}

export class SessionPool {
  readonly #options: SessionPoolOptions
  readonly #slots: Slot[]
  readonly #waiting: Waiter[] = []
  readonly #closing = new AbortController()
  /** Sessions that are being opened. */
  readonly #opening = new Map<Slot, Promise<Session>>()
  #ticket: SessionTicket | undefined
  /** The log-in that has to be over before the next. */
  #first: Promise<unknown> = Promise.resolve()
  #opened = 0
  #regrowAtMs = 0

  constructor(options: SessionPoolOptions) {
    this.#options = options
    this.#slots = Array.from({ length: Math.max(1, options.sessions) }, newSlot)
  }

  /** The session that takes control commands. */
  async metadata(signal?: AbortSignal): Promise<Session> {
    const { session } = this.#slots[0]!
    if (session?.isAlive) return session
    return abortable(this.#open(this.#slots[0]!), signal)
  }

  /**
   * A session for one transfer; waits until one is free. `isAwaited`: whether somebody waits for
   * that transfer, now.
   */
  async lease(signal?: AbortSignal, isAwaited = (): boolean => true): Promise<Lease> {
    signal?.throwIfAborted()
    this.#closing.signal.throwIfAborted()
    const idle = this.tryLeaseIdle()
    if (idle) return idle
    const waiter = { slot: deferred<Slot>(), isAwaited }
    this.#waiting.push(waiter)
    this.#grow()
    try {
      return this.#leaseOf(await abortable(waiter.slot.promise, signal))
    } catch (error) {
      const index = this.#waiting.indexOf(waiter)
      if (index >= 0) this.#waiting.splice(index, 1)
      else void waiter.slot.promise.then((given) => this.#giveBack(given)).catch(() => {})
      throw error
    }
  }

  /** An open data session that nobody uses, or undefined. */
  tryLeaseIdle(): Lease | undefined {
    const slot = this.#transferSlots().find(({ session, leased }) => !leased && session?.isAlive)
    if (!slot) return undefined
    slot.leased = true
    return this.#leaseOf(slot)
  }

  /**
   * A long transfer has begun. Far away what follows it wants several sessions at once, which take
   * several round trips to open.
   */
  prepareForMore(): void {
    if (isLongLink(this.#options.traits.roundTrip.ms)) this.#grow(idleFarAway)
  }

  /** Opens a session for the first transfer, with its data connection, before it is needed. */
  async prepare(): Promise<void> {
    const lease = await this.lease(this.#closing.signal, () => false)
    try {
      await lease.session.prepareData()
    } finally {
      lease.release()
    }
  }

  /** Ends all sessions. Idempotent. */
  async close(): Promise<void> {
    this.#closing.abort(new ErrnoError('ECANCELED', 'the mount ends'))
    this.#rejectWaiting(this.#closing.signal.reason)
    await Promise.allSettled(this.#opening.values())
    const sessions = this.#slots.flatMap(({ session }) => session ?? [])
    await Promise.all(sessions.map((session) => session.close()))
  }

  #transferSlots(): readonly Slot[] {
    return this.#slots.length === 1 ? this.#slots : this.#slots.slice(1)
  }

  #leaseOf(slot: Slot): Lease {
    const session = slot.session!
    const isShared = slot === this.#slots[0]
    return { session, isShared, release: () => this.#release(slot, session) }
  }

  #release(slot: Slot, session: Session): void {
    if (session.transferLock.isFree) return this.#giveBack(slot)
    // A cancelled transfer still occupies its session until the server has noticed.
    const idle = session.transferLock.acquire().then((release) => release())
    void Promise.race([idle, session.ended]).then(() => this.#giveBack(slot))
  }

  #giveBack(slot: Slot): void {
    slot.leased = false
    this.#serveWaiting()
  }

  #serveWaiting(): void {
    while (this.#waiting.length > 0) {
      const slot = this.#transferSlots().find(({ session, leased }) => !leased && session?.isAlive)
      if (!slot) return this.#grow()
      const first = this.#waiting.findIndex(({ isAwaited }) => isAwaited())
      const [waiter] = this.#waiting.splice(Math.max(first, 0), 1)
      slot.leased = true
      waiter!.slot.resolve(slot)
    }
  }

  #rejectWaiting(reason: unknown): void {
    for (const { slot } of this.#waiting.splice(0)) slot.reject(reason)
  }

  /** Opens sessions for those who wait, and so many that nobody uses. */
  #grow(idle = 0): void {
    this.#regrow()
    const slots = this.#transferSlots()
    const free = slots.filter(({ session, leased }) => !leased && session?.isAlive)
    let wanted = Math.max(this.#waiting.length, idle - free.length)
    wanted -= slots.filter((slot) => this.#opening.has(slot)).length
    for (const slot of slots) {
      if (wanted <= 0) return
      if (slot.leased || slot.session?.isAlive || this.#opening.has(slot)) continue
      wanted -= 1
      void this.#open(slot).then(
        () => this.#serveWaiting(),
        (error: unknown) => this.#openingFailed(slot, error),
      )
    }
  }

  #openingFailed(slot: Slot, error: unknown): void {
    if (error instanceof SessionRefused && this.#degrade(slot, error)) return this.#serveWaiting()
    const isServed = this.#transferSlots().some(
      (other) => other.leased || other.session?.isAlive || this.#opening.has(other),
    )
    if (!isServed) this.#rejectWaiting(error)
  }

  #open(slot: Slot): Promise<Session> {
    const known = this.#opening.get(slot)
    if (known) return known
    const opening = this.#logInInTurn(slot).finally(() => this.#opening.delete(slot))
    opening.catch(() => {})
    this.#opening.set(slot, opening)
    return opening
  }

  async #logInInTurn(slot: Slot): Promise<Session> {
    if (this.#slots.some(({ session }) => session?.isAlive)) return this.#logIn(slot)
    const opening = this.#first.catch(() => {}).then(() => this.#logIn(slot))
    this.#first = opening
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
    this.#slots.push(newSlot())
    this.#regrowAtMs = clock.monotonicMs() + regrowMs
  }

  /** The server grants fewer sessions: do with those we have. False if there is none. */
  #degrade(slot: Slot, refusal: SessionRefused): boolean {
    const hasOther = this.#slots.some((other) => other !== slot && other.session?.isAlive)
    if (!hasOther || (refusal.kind !== 'limit' && refusal.kind !== 'busy')) return false
    const index = this.#slots.indexOf(slot)
    if (index > 0) this.#slots.splice(index, 1)
    const { clock, log } = this.#options
    const isFirst = clock.monotonicMs() >= this.#regrowAtMs
    this.#regrowAtMs = clock.monotonicMs() + regrowMs
    log[isFirst ? 'warn' : 'debug']('the server grants fewer sessions than wanted', {
      sessions: this.#slots.length,
      reason: refusal.explanation,
    })
    return true
  }
}

function newSlot(): Slot {
  return { session: undefined, leased: false }
}
