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

/** Timers are good to a millisecond: half of it early is as right as half of it late. */
const timerSlackMs = 0.5

export class Link {
  readonly #msPerByte: number
  readonly #delayMs: number
  /** Flows with something to send, in the order of their turns. */
  readonly #waiting: Flow[] = []
  readonly #arrivals = new TimedQueue<() => void>()
  readonly #acknowledgements = new TimedQueue<() => void>()
  #freeAtMs = 0
  #timer: NodeJS.Timeout | undefined
  #wakeAtMs = Infinity
  /** Bytes that have been sent. */
  sent = 0

  constructor(bytesPerSecond: number, delayMs: number) {
    this.#msPerByte = 1000 / bytesPerSecond
    this.#delayMs = delayMs
  }

  get delayMs(): number {
    return this.#delayMs
  }

  /** It has something to send from now on; called once until it was asked for all of it. */
  offer(flow: Flow): void {
    this.#waiting.push(flow)
    this.#run()
  }

  acknowledgeLater(callback: () => void): void {
    this.#acknowledgements.push(performance.now() + this.#delayMs, callback)
    this.#schedule()
  }

  #run(): void {
    const now = performance.now() + timerSlackMs
    while (this.#waiting.length > 0 && this.#freeAtMs <= now) this.#sendOne(now)
    for (let due = this.#arrivals.take(now); due; due = this.#arrivals.take(now)) due()
    for (let due = this.#acknowledgements.take(now); due; due = this.#acknowledgements.take(now)) {
      due()
    }
    this.#schedule()
  }

  #sendOne(now: number): void {
    const flow = this.#waiting.shift()!
    const { piece, hasMore } = flow.take()
    if (hasMore) this.#waiting.push(flow)
    const length = piece?.length ?? 0
    this.sent += length
    // An idle link starts when it is offered something, a busy one where it left off.
    const start = this.#freeAtMs < now - idleMs ? now - timerSlackMs : this.#freeAtMs
    this.#freeAtMs = start + length * this.#msPerByte
    this.#arrivals.push(this.#freeAtMs + this.#delayMs, () => flow.arrive(piece))
  }

  #schedule(): void {
    const sendAt = this.#waiting.length > 0 ? this.#freeAtMs : Infinity
    const next = Math.min(sendAt, this.#arrivals.nextMs, this.#acknowledgements.nextMs)
    if (next === Infinity || (this.#timer && this.#wakeAtMs <= next)) return
    clearTimeout(this.#timer)
    this.#wakeAtMs = next
    const waitMs = Math.max(0, Math.floor(next - performance.now()))
    const wake = (): void => {
      this.#timer = undefined
      this.#run()
    }
    this.#timer = setTimeout(wake, waitMs)
  }
}

/** A link that is behind by less than this has been busy all the time, its timer was late. */
const idleMs = 2

export interface FlowSettings {
  readonly link: Link
  readonly windowBytes: number
  /** Nothing leaves before (the handshake). */
  readonly openAtMs: number
  readonly deliver: Deliver
  /** The window has room again. */
  readonly resume: () => void
}

export class Flow {
  readonly #settings: FlowSettings
  readonly #pieces: (Buffer | null)[] = []
  #inFlight = 0
  #isOffered = false

  constructor(settings: FlowSettings) {
    this.#settings = settings
  }

  /** Takes bytes (null: the end) in; false when the window is full. */
  push(piece: Buffer | null): boolean {
    this.#pieces.push(piece)
    this.#inFlight += piece?.length ?? 0
    if (!this.#isOffered) this.#offer()
    return this.#inFlight < this.#settings.windowBytes
  }

  /** The next piece of one that was offered, and whether there are more. */
  take(): { piece: Buffer | null; hasMore: boolean } {
    const piece = this.#pieces.shift() ?? null
    this.#isOffered = this.#pieces.length > 0
    return { piece, hasMore: this.#isOffered }
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
    if (waitMs > timerSlackMs) setTimeout(() => link.offer(this), Math.floor(waitMs))
    else link.offer(this)
  }
}
