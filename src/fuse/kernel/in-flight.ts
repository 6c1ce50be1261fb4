/**
 * The requests being worked on. A request stays here from its arrival until its reply is written,
 * so an INTERRUPT finds it. With several readers an INTERRUPT can overtake the request it is about;
 * it is then kept for a while. Uniques are never used twice, so one that came too late hits nobody.
 */

import { deferred, type Deferred } from '../../support/deferred.ts'
import type { RequestContext } from './request-context.ts'

/** Overtaking INTERRUPTs differ from late ones only by what follows: the oldest is given up. */
const earlyInterruptsMax = 64

export class InFlight {
  readonly #contexts = new Map<bigint, RequestContext>()
  readonly #earlyInterrupts = new Set<bigint>()
  readonly #limit: number
  #room: Deferred<void> | undefined
  #idle: Deferred<void> | undefined

  constructor(limit: number) {
    this.#limit = limit
  }

  get size(): number {
    return this.#contexts.size
  }

  /** Resolves when fewer requests than the limit are under way. */
  async room(): Promise<void> {
    while (this.#contexts.size >= this.#limit) {
      this.#room ??= deferred()
      await this.#room.promise
    }
  }

  add(context: RequestContext): void {
    this.#contexts.set(context.unique, context)
  }

  /** Whether an INTERRUPT came before its request; asked once. */
  takeEarlyInterrupt(unique: bigint): boolean {
    return this.#earlyInterrupts.size > 0 && this.#earlyInterrupts.delete(unique)
  }

  remove(context: RequestContext): void {
    this.#contexts.delete(context.unique)
    this.#room?.resolve()
    this.#room = undefined
    if (this.#contexts.size === 0) this.#idle?.resolve()
  }

  interrupt(unique: bigint, reason: Error): void {
    const context = this.#contexts.get(unique)
    if (context) context.interrupt(reason)
    else this.#rememberEarly(unique)
  }

  interruptAll(reason: Error): void {
    for (const context of this.#contexts.values()) context.interrupt(reason)
  }

  /** Resolves when no request is under way. */
  async idle(): Promise<void> {
    if (this.#contexts.size === 0) return
    this.#idle ??= deferred()
    await this.#idle.promise
  }

  #rememberEarly(unique: bigint): void {
    this.#earlyInterrupts.add(unique)
    if (this.#earlyInterrupts.size <= earlyInterruptsMax) return
    for (const oldest of this.#earlyInterrupts) {
      this.#earlyInterrupts.delete(oldest)
      break
    }
  }
}
