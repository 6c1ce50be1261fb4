/**
 * What is open: libfuse may know no path for it any more, and hides files that it takes for open.
 *
 * A file counts as open until its release has been answered, and a moment longer: libfuse takes note
 * of the answer only after we have given it.
 */

import type { Clock } from '../../support/clock.ts'
import { ErrnoError } from '../../support/errno-error.ts'
import type { Integer } from './binding.ts'
import { exact } from './integer.ts'

/** A thread that has its answer runs within this time, even on a busy machine. */
const justClosedMs = 1000

export class OpenHandles {
  readonly #clock: Clock
  readonly #nodeids = new Map<number, number>()
  readonly #counts = new Map<number, number>()
  /** nodeid → when its last handle was closed, oldest first. */
  readonly #closedAtMs = new Map<number, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(fh: number, nodeid: number): void {
    this.#nodeids.set(fh, nodeid)
    this.#counts.set(nodeid, (this.#counts.get(nodeid) ?? 0) + 1)
  }

  nodeid(fd: Integer): number {
    const nodeid = this.#nodeids.get(exact(fd))
    if (nodeid === undefined) throw new ErrnoError('EBADF', `file handle ${fd}`)
    return nodeid
  }

  isOpen(nodeid: number): boolean {
    return this.#counts.has(nodeid)
  }

  wasOpenJustNow(nodeid: number): boolean {
    this.#dropOld()
    return this.isOpen(nodeid) || this.#closedAtMs.has(nodeid)
  }

  /** Tells the nodeid. */
  remove(fd: Integer): number {
    const nodeid = this.nodeid(fd)
    this.#nodeids.delete(exact(fd))
    const count = this.#counts.get(nodeid)! - 1
    if (count > 0) {
      this.#counts.set(nodeid, count)
      return nodeid
    }
    this.#counts.delete(nodeid)
    this.#dropOld()
    this.#closedAtMs.delete(nodeid)
    this.#closedAtMs.set(nodeid, this.#clock.monotonicMs())
    return nodeid
  }

  #dropOld(): void {
    const now = this.#clock.monotonicMs()
    for (const [nodeid, closedAtMs] of this.#closedAtMs) {
      if (now - closedAtMs < justClosedMs) return
      this.#closedAtMs.delete(nodeid)
    }
  }
}
