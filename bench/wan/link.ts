/**
 * One direction of a long link: `bytesPerSecond` shared fairly by all flows, then a delay. A flow is
 * one direction of a TCP connection with a window: bytes count against it from the moment they are
 * taken until their acknowledgement is back, a round trip after they left.
 *
 * Times are computed, not measured: a late timer delays what is due, never what comes after it.
 */

import { TimedQueue } from './timed-queue.ts'

/** Delivers a piece (null: the end); calls `taken` when the receiver has made room for more. */
export type Deliver = (piece: Buffer | null, taken: () => void) => void

/** In bulk: half a millisecond early is as right as half a millisecond late. */
const bulkSlackMs = 0.5

/** Where single pieces count: what the system takes to deliver one is in the delay. */
const sparseSlackMs = 0.2

/** Timers are late by up to this; what is due sooner is waited for by asking again and again. */
const timerLatenessMs = 2

/** With more than this under way nobody waits for the single piece: timers will do. */
const sparsePieces = 8

export class Link {
  readonly #msPerByte: number
  readonly #delayMs: number
  /** Flows with something to send, in the order of their turns. */
  readonly #waiting: Flow[] = []
  readonly #arrivals = new TimedQueue<() => void>()
  readonly #acknowledgements = new TimedQueue<() => void>()
  #freeAtMs = 0
  #wakeAtMs = Infinity
  #cancelWake = (): void => {}
  /** Bytes that have been sent. */
  sent = 0

  constructor(bytesPerSecond: number, delayMs: number) {
    this.#msPerByte = 1000 / bytesPerSecond
    this.#delayMs = delayMs
  }

  /** It has something to send from now on; called once until it was asked for all of it. */
  offer(flow: Flow): void {
    this.#waiting.push(flow)
    this.#schedule()
  }

  acknowledgeLater(callback: () => void): void {
    this.#acknowledgements.push(performance.now() + this.#delayMs, callback)
    this.#schedule()
  }

  get #isSparse(): boolean {
    return this.#arrivals.size <= sparsePieces
  }

  #run(): void {
    const due = performance.now() + (this.#isSparse ? sparseSlackMs : bulkSlackMs)
    while (this.#waiting.length > 0 && this.#freeAtMs <= due) this.#sendOne()
    for (const queue of [this.#arrivals, this.#acknowledgements]) {
      for (let callback = queue.take(due); callback; callback = queue.take(due)) callback()
    }
    this.#schedule()
  }

  #sendOne(): void {
    const flow = this.#waiting.shift()!
    const { piece, sinceMs, hasMore } = flow.take()
    if (hasMore) this.#waiting.push(flow)
    const length = piece?.length ?? 0
    this.sent += length
    this.#freeAtMs = Math.max(this.#freeAtMs, sinceMs) + length * this.#msPerByte
    this.#arrivals.push(this.#freeAtMs + this.#delayMs, () => flow.arrive(piece))
  }

  #schedule(): void {
    const sendAt = this.#waiting.length > 0 ? this.#freeAtMs : Infinity
    const next = Math.min(sendAt, this.#arrivals.nextMs, this.#acknowledgements.nextMs)
    if (next >= this.#wakeAtMs) return
    this.#cancelWake()
    this.#wakeAtMs = next
    const wake = (): void => {
      this.#wakeAtMs = Infinity
      this.#run()
    }
    const waitMs = next - performance.now()
    const earlyMs = this.#isSparse ? timerLatenessMs : bulkSlackMs
    if (waitMs <= earlyMs) {
      const immediate = setImmediate(wake)
      this.#cancelWake = () => clearImmediate(immediate)
    } else {
      const timer = setTimeout(wake, waitMs - earlyMs)
      this.#cancelWake = () => clearTimeout(timer)
    }
  }
}

export interface FlowSettings {
  readonly link: Link
  readonly windowBytes: number
  /** Nothing leaves before (the handshake). */
  readonly openAtMs: number
  readonly deliver: Deliver
  /** The window has room again. */
  readonly resume: () => void
}

interface Piece {
  readonly bytes: Buffer | null
  readonly sinceMs: number
}

export class Flow {
  readonly #settings: FlowSettings
  readonly #pieces: Piece[] = []
  #inFlight = 0
  #isOffered = false

  constructor(settings: FlowSettings) {
    this.#settings = settings
  }

  /** Takes bytes (null: the end) in; false when the window is full. */
  push(bytes: Buffer | null): boolean {
    const { openAtMs, windowBytes } = this.#settings
    this.#pieces.push({ bytes, sinceMs: Math.max(openAtMs, performance.now()) })
    this.#inFlight += bytes?.length ?? 0
    if (!this.#isOffered) this.#offer()
    return this.#inFlight < windowBytes
  }

  /** The next piece of a flow that was offered, since when it waits, and whether there are more. */
  take(): { piece: Buffer | null; sinceMs: number; hasMore: boolean } {
    const { bytes, sinceMs } = this.#pieces.shift()!
    this.#isOffered = this.#pieces.length > 0
    return { piece: bytes, sinceMs, hasMore: this.#isOffered }
  }

  arrive(piece: Buffer | null): void {
    const { link, windowBytes, deliver, resume } = this.#settings
    deliver(piece, () =>
      link.acknowledgeLater(() => {
        this.#inFlight -= piece?.length ?? 0
        if (this.#inFlight < windowBytes) resume()
      }),
    )
  }

  #offer(): void {
    this.#isOffered = true
    const { link, openAtMs } = this.#settings
    const waitMs = openAtMs - performance.now()
    if (waitMs > timerLatenessMs) setTimeout(() => link.offer(this), waitMs - timerLatenessMs)
    else link.offer(this)
  }
}
