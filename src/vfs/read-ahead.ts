/**
 * How far to read ahead: a pure function of the access history of one open file.
 *
 * Sequential access doubles the window from `minBytes` to `maxBytes`; anything else (a seek,
 * strides, backwards) sets it back to nothing, so that random access fetches only what was asked.
 * The kernel may hand neighbouring requests over in the wrong order: one that is early by no more
 * than its own length counts as sequential, one that is as little late changes nothing.
 *
 * A new window is started when less than half of one is left ahead, so that two windows are under
 * way and the link never idles between them.
 */

import type { ByteRange } from '../support/byte-range.ts'

export interface ReadAheadLimits {
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
  const ahead = state.fetchedUntil - nextOffset
  if (ahead >= windowBytes / 2) return { nextOffset, windowBytes, fetchedUntil: state.fetchedUntil }
  return { nextOffset, windowBytes, fetchedUntil: nextOffset + windowBytes }
}
