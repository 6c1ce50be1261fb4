import type { ByteRange } from '../support/byte-range.ts'
import { ErrnoError, errnoOf } from '../support/errno-error.ts'
import type { OpenFlags } from './filesystem.ts'
import type { Inode } from './inode.ts'
import {
  initialReadAhead,
  planReadAhead,
  type ReadAheadLimits,
  type ReadAheadState,
} from './read-ahead.ts'
import { initialStrides, planStrides, type StrideLimits, type StrideState } from './strides.ts'
import type { WriteErrorListener } from './write-errors.ts'

export interface ReadPlan {
  /** What follows, up to here. */
  readonly until: number
  /** What is elsewhere in the file, or beyond its end. */
  readonly slices: readonly ByteRange[]
}

/**
 * An open file: where its reader is, and the write error that it has not been told yet. Such an
 * error is told once, at the next write, fsync or close of this handle.
 */
export class FileHandle implements WriteErrorListener {
  readonly inode: Inode
  readonly flags: OpenFlags
  readonly hasCreated: boolean
  #readAhead: ReadAheadState = initialReadAhead
  #strides: StrideState = initialStrides
  #writeError: { readonly error: unknown } | undefined
  #holds = false

  constructor(inode: Inode, flags: OpenFlags, hasCreated: boolean) {
    this.inode = inode
    this.flags = flags
    this.hasCreated = hasCreated
  }

  /** EBADF if it is open for writing only. */
  assertReadable(): void {
    if (this.flags.access === 'write') throw new ErrnoError('EBADF', `read "${this.inode.name}"`)
  }

  /** EBADF if it is open for reading only. */
  assertWritable(): void {
    if (!this.canWrite) throw new ErrnoError('EBADF', `write "${this.inode.name}"`)
  }

  get canWrite(): boolean {
    return this.flags.access !== 'read'
  }

  /** Its program relies on the very file that it has open, and not on the name alone. */
  hold(): void {
    this.inode.kernelHasBytes = true
    if (this.#holds) return
    this.#holds = true
    this.inode.holderCount += 1
  }

  get isHolding(): boolean {
    return this.#holds
  }

  /** It is closed. */
  letGo(): void {
    if (this.#holds) this.inode.holderCount -= 1
    this.#holds = false
  }

  /** Notes an access; tells what to fetch beside it. */
  planRead(range: ByteRange, limits: ReadAheadLimits & StrideLimits): ReadPlan {
    this.#readAhead = planReadAhead(this.#readAhead, range, limits)
    const { state, slices, sliceEnd } = planStrides(this.#strides, range, limits)
    this.#strides = state
    return { until: Math.min(this.#readAhead.fetchedUntil, Math.max(sliceEnd, range.end)), slices }
  }

  writeFailed(error: unknown): void {
    this.#writeError ??= { error }
  }

  throwWriteError(): void {
    if (!this.#writeError) return
    const { error } = this.#writeError
    this.#writeError = undefined
    throw new ErrnoError(errnoOf(error) ?? 'EIO', `write "${this.inode.name}"`, { cause: error })
  }
}
