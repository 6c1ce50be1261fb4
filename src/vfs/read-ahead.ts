/**
 * How far to read ahead: a pure function of the access history of one open file.
 *
 * Sequential access doubles the window from `minBytes` to `maxBytes`; anything else (a seek,
 * strides, backwards) sets it back to nothing, so that random access fetches only what was asked.
 * The kernel may hand neighbouring requests over in the wrong order: one that is early by no more
 * than its own length counts as sequential, one that is as little late changes nothing.
 *
 * More is asked for when a step of the window has been read, at least a half: so the link never
 * idles, and what is asked for is whole steps once the window is large.
 */

import type { ByteRange } from '../support/byte-range.ts'

export interface ReadAheadLimits {
  /** How much is asked for at a time when the window is large. */
  readonly stepBytes: number
  readonly minBytes: number
  readonly maxBytes: number
}

export interface ReadAheadState {
  /** Where a sequential reader goes on. */
  readonly nextOffset: number
  readonly windowBytes: number
  /** Everything from the reader's position up to here has been asked for. */
  readonly fetchedUntil: number
}

export const initialReadAhead: ReadAheadState = { nextOffset: 0, windowBytes: 0, fetchedUntil: 0 }

/** Accesses closer than this to the expected place are sequential: small reads in wrong order. */
const nearBytes = 128 * 1024

/**
 * What to have asked for after this access: the new state, whose `fetchedUntil` is at least the end
 * of the access.
 */
export function planReadAhead(
  state: ReadAheadState,
  access: ByteRange,
  limits: ReadAheadLimits,
): ReadAheadState {
  const slack = Math.max(nearBytes, access.end - access.start)
  const late = access.end <= state.nextOffset && access.end >= state.nextOffset - slack
  if (late && state.fetchedUntil >= access.end) return state
  const sequential = Math.abs(access.start - state.nextOffset) <= slack
  if (!sequential) return { nextOffset: access.end, windowBytes: 0, fetchedUntil: access.end }

  const nextOffset = Math.max(state.nextOffset, access.end)
  const doubled = Math.max(state.windowBytes * 2, limits.minBytes)
  const windowBytes = Math.min(doubled, limits.maxBytes)
  const stepBytes = Math.min(limits.stepBytes, windowBytes / 2)
  const isEnough = state.fetchedUntil - nextOffset >= windowBytes - stepBytes
  const fetchedUntil = isEnough
    ? state.fetchedUntil
    : roundDown(nextOffset + windowBytes, stepBytes)
  return { nextOffset, windowBytes, fetchedUntil: Math.max(fetchedUntil, nextOffset) }
}

function roundDown(offset: number, stepBytes: number): number {
  return stepBytes === 0 ? offset : Math.floor(offset / stepBytes) * stepBytes
}
