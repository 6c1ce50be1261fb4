/**
 * Runs operations on the pool's sessions and repeats them when a session breaks under them, until
 * the time limit. Refusals are final. An operation that may have happened before the break learns
 * that it is a repetition, so that it can tell "already done" from a refusal.
 */

import { setTimeout as delay } from 'node:timers/promises'
import { abortable, detachable } from '../support/abortable.ts'
import { byteLength } from '../support/byte-length.ts'
import type { ByteRange } from '../support/byte-range.ts'
import type { Clock } from '../support/clock.ts'
import { ConnectionLost } from './connection-lost.ts'
import { readRange, type RangeSink } from './file-read.ts'
import { signOnErrno } from './sign-on-errno.ts'
import type { Lease, SessionPool } from './session-pool.ts'
import { SessionRefused } from './session-refused.ts'
import type { Session } from './session.ts'

export interface RetryOptions {
  readonly pool: SessionPool
  readonly timeoutMs: number
  readonly clock: Clock
}

/** `isRepetition`: an earlier attempt may have been carried out. */
export type Operation<T> = (session: Session, isRepetition: boolean) => Promise<T>

/** Runs a step on a session, again on another one if it breaks. */
export type RunOnSession = <T>(step: Operation<T>, signal?: AbortSignal) => Promise<T>

const firstPauseMs = 50
const longestPauseMs = 5_000

/** A program that reads a file in order begins with windows of this size (vfs/read-tuning.ts). */
const longBytes = 2 ** 20

export class Retry {
  readonly #pool: SessionPool
  readonly #timeoutMs: number
  readonly #clock: Clock

  constructor(options: RetryOptions) {
    this.#pool = options.pool
    this.#timeoutMs = options.timeoutMs
    this.#clock = options.clock
  }

  /** On the metadata session, beside other callers. */
  metadata<T>(operation: Operation<T>, signal?: AbortSignal): Promise<T> {
    const run = repeatable(operation)
    return this.#repeat(async () => run(await this.#pool.metadata(signal)), signal)
  }

  /** On a session of its own; what nobody waits for comes after what somebody does. */
  transfer<T>(
    operation: Operation<T>,
    signal?: AbortSignal,
    isAwaited?: () => boolean,
  ): Promise<T> {
    const run = repeatable(operation)
    return this.#repeat(async () => {
      const lease = await this.#pool.lease(signal, isAwaited)
      try {
        return await run(lease.session)
      } finally {
        lease.release()
      }
    }, signal)
  }

  /**
   * On a data session if one is idle, so that a long listing holds up nobody. As long as nobody waits
   * for it, until `awaited` fires, it waits for one.
   */
  listing<T>(operation: Operation<T>, signal?: AbortSignal, awaited?: AbortSignal): Promise<T> {
    const run = repeatable(operation)
    return this.#repeat(async () => {
      const idle = this.#pool.tryLeaseIdle()
      const lease = idle ?? (awaited && (await this.#leaseUntil(awaited, signal)))
      try {
        return await run(lease?.session ?? (await this.#pool.metadata(signal)))
      } finally {
        if (lease) void renewData(lease)
      }
    }, signal)
  }

  /** Writes `data`, all of it again if a session breaks. */
  write<T>(data: readonly Uint8Array[], operation: Operation<T>, signal?: AbortSignal): Promise<T> {
    this.#prepareForMore(byteLength(data))
    return this.transfer(operation, signal)
  }

  /**
   * A ranged read goes on where it broke; the time limit counts from its last progress. EIO if it
   * broke before it was told of which file these bytes are: only the caller can begin again.
   */
  async read(
    path: string,
    range: ByteRange,
    sink: RangeSink,
    signal?: AbortSignal,
  ): Promise<number> {
    this.#prepareForMore(range.end - range.start)
    let delivered = 0
    let isTold = false
    const counting: RangeSink = {
      begin: () => {
        isTold = false
        sink.begin?.()
      },
      opened: (file) => {
        isTold = true
        sink.opened?.(file)
      },
      space: () => sink.space(),
      advance: (length) => {
        delivered += length
        sink.advance(length)
      },
    }
    for (;;) {
      const before = delivered
      const rest = { start: range.start + before, end: range.end }
      if (rest.start === rest.end) return delivered
      try {
        const once = async (session: Session): Promise<number> => {
          if (delivered > before) throw new Progressed()
          return readRange(session, path, rest, counting, signal)
        }
        return before + (await this.transfer(once, signal, () => sink.isAwaited ?? true))
      } catch (error) {
        if (!(error instanceof Progressed)) throw error
        if (!isTold) throw new ConnectionLost(`read of ${path} broke before its 150`)
      }
    }
  }

  #prepareForMore(bytes: number): void {
    if (bytes >= longBytes) this.#pool.prepareForMore()
  }

  /** For what nobody waits for; undefined as soon as somebody does. */
  async #leaseUntil(
    awaited: AbortSignal,
    signal: AbortSignal | undefined,
  ): Promise<Lease | undefined> {
    const leasing = this.#pool.lease(awaited, () => false)
    try {
      return await detachable(leasing, signal, (lease) => lease.release())
    } catch (error) {
      signal?.throwIfAborted()
      if (awaited.aborted) return undefined
      throw error
    }
  }

  async #repeat<T>(attempt: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    let deadlineMs: number | undefined
    for (let pauseMs = 0; ;) {
      try {
        return await attempt()
      } catch (error) {
        signal?.throwIfAborted()
        const failure = signOnErrno(error)
        const nowMs = this.#clock.monotonicMs()
        deadlineMs ??= nowMs + this.#timeoutMs
        if (!isPassing(failure) || nowMs + pauseMs >= deadlineMs) throw failure
      }
      await abortable(delay(pauseMs), signal)
      pauseMs = Math.min(longestPauseMs, pauseMs * 2 || firstPauseMs)
    }
  }
}

/**
 * A listing ends the data connection. Another one is opened before the session is given back, so that
 * the next transfer or listing need not wait two round trips for it.
 */
async function renewData(lease: Lease): Promise<void> {
  const { session, isShared } = lease
  if (!isShared && session.isAlive) await session.prepareData().catch(() => {})
  lease.release()
}

/** Tells the operation from its second run on; a session that could not be had was no run. */
function repeatable<T>(operation: Operation<T>): (session: Session) => Promise<T> {
  let hasBegun = false
  return (session) => {
    const isRepetition = hasBegun
    hasBegun = true
    return operation(session, isRepetition)
  }
}

/** Thrown to start the time limit anew. */
class Progressed extends Error {}

/** Worth another try. */
function isPassing(error: unknown): boolean {
  if (error instanceof SessionRefused) return error.kind === 'limit' || error.kind === 'busy'
  return error instanceof ConnectionLost
}
