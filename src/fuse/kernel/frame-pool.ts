/**
 * Memory for requests. A frame is taken for each read of the device and given back when nobody
 * needs its bytes any more: at once for most requests, for a WRITE when its handler has settled.
 * Bounded: when all frames are out, `take` waits, and with it the reading of further requests.
 */

import { deferred, type Deferred } from '../../support/deferred.ts'
import { createFrame, type Frame } from './frame.ts'

export class FramePool {
  readonly #frameBytes: number
  readonly #free: Frame[] = []
  readonly #waiters: Deferred<Frame>[] = []
  #uncreated: number

  constructor(frameBytes: number, limit: number) {
    this.#frameBytes = frameBytes
    this.#uncreated = limit
  }

  async take(): Promise<Frame> {
    // The one used last is the one whose memory is still in the processor's cache.
    const frame = this.#free.pop()
    if (frame) return frame
    if (this.#uncreated > 0) {
      this.#uncreated -= 1
      return createFrame(this.#frameBytes)
    }
    const waiter = deferred<Frame>()
    this.#waiters.push(waiter)
    return waiter.promise
  }

  give(frame: Frame): void {
    const waiter = this.#waiters.shift()
    if (waiter) waiter.resolve(frame)
    else this.#free.push(frame)
  }
}
