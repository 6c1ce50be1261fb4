/**
 * How far, in what pieces and how exactly content is fetched over a link: a pure function of its
 * round-trip time. All constants of reading are here.
 *
 * A short link (LAN, loopback) costs by the command and by the byte copied: whole pages at random,
 * and windows in one piece. A long one costs by the round trip and is filled by bytes under way,
 * which one connection alone cannot have (its TCP window is 4 MiB on most systems): windows are cut
 * into stripes that go over several sessions, and random access fetches what was asked.
 */

import { isLongLink } from '../support/long-link.ts'
import { pageBytes } from './page.ts'
import type { ReadAheadLimits } from './read-ahead.ts'

export interface ReadTuning {
  readonly window: ReadAheadLimits
  /** A ranged read of a window is no longer than this. */
  readonly stripeBytes: number
  /** What is read at random is rounded to this. */
  readonly granuleBytes: number
}

export interface ReadLimits {
  readonly readAheadBytes: number
  readonly cacheBytes: number
}

const MiB = 2 ** 20

/** One kernel request of the largest size; over a long link what 300 Mbit/s bring in a round trip. */
const firstWindowBytes = MiB
const firstWindowMaxBytes = 4 * MiB
const firstWindowBytesPerMs = 40_000

/** More does not help on a short link, and would turn the cache over sooner. */
const shortWindowBytes = 16 * MiB

/** 10 Gbit/s bring 1.25 MB in a millisecond; while one half of a window comes, the other is asked for. */
const windowBytesPerMs = 2.5 * MiB
const windowMaxBytes = 64 * MiB

/** A window must leave most of the cache to what has been read. */
const cacheShare = 4

/**
 * A session waits a round trip between two stripes; one connection brings about 4 MiB in that time,
 * so that stripes of twice that keep it busy two thirds of the time. Shorter ones spread a small
 * window over the sessions.
 */
const stripeMaxBytes = 8 * MiB
const stripeBytesPerMs = MiB / 10
const stripeMinBytes = 2 * MiB

/** Pages of the kernel; what is read again next to it is read together mostly. */
const granuleBytes = 4096

export function tuneReads(roundTripMs: number, limits: ReadLimits): ReadTuning {
  const maxBytes = Math.min(limits.readAheadBytes, limits.cacheBytes / cacheShare)
  if (!isLongLink(roundTripMs)) {
    return {
      window: {
        minBytes: Math.min(firstWindowBytes, maxBytes),
        maxBytes: Math.min(shortWindowBytes, maxBytes),
        stepBytes: Infinity,
      },
      stripeBytes: Infinity,
      granuleBytes: pageBytes,
    }
  }
  const windowBytes = clamp(roundTripMs * windowBytesPerMs, shortWindowBytes, windowMaxBytes)
  const stripeBytes = wholePages(
    clamp(roundTripMs * stripeBytesPerMs, stripeMinBytes, stripeMaxBytes),
  )
  const firstBytes = clamp(
    roundTripMs * firstWindowBytesPerMs,
    firstWindowBytes,
    firstWindowMaxBytes,
  )
  return {
    window: {
      minBytes: Math.min(wholePages(firstBytes), maxBytes),
      maxBytes: Math.min(wholePages(windowBytes), maxBytes),
      stepBytes: stripeBytes,
    },
    stripeBytes,
    granuleBytes,
  }
}

function wholePages(bytes: number): number {
  return Math.floor(bytes / pageBytes) * pageBytes
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most)
}
