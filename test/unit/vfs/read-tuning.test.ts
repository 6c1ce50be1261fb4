import { describe, expect, it } from 'vitest'
import { pageBytes } from '../../../src/vfs/page.ts'
import { tuneReads } from '../../../src/vfs/read-tuning.ts'

const MiB = 2 ** 20
const limits = { readAheadBytes: 64 * MiB, cacheBytes: 256 * MiB }

const upTo = (most: number) => (value: number) => value <= most

/** Bytes under way that keep a link of 1 Gbit/s busy. */
const bytesUnderWay = (roundTripMs: number): number => roundTripMs * 125_000

describe('tuneReads', () => {
  it('fetches whole pages and undivided windows over a short link', () => {
    const { granuleBytes, stripeBytes } = tuneReads(0.3, limits)
    expect(granuleBytes).toBe(pageBytes)
    expect(stripeBytes).toBe(Infinity)
  })

  it.each([5, 10, 40, 100, 300])('divides windows at %d ms, and fills the link', (ms) => {
    const { granuleBytes, stripeBytes, window } = tuneReads(ms, limits)
    expect(granuleBytes).toBe(4096)
    expect(stripeBytes % pageBytes).toBe(0)
    // Half a window is left when the next one is asked for.
    expect(window.maxBytes / 2).toBeGreaterThanOrEqual(Math.min(bytesUnderWay(ms), 32 * MiB))
    expect(window.maxBytes / stripeBytes).toBeGreaterThanOrEqual(4)
  })

  it.each([0.1, 10, 100])('keeps to the limits at %d ms', (ms) => {
    const limited = tuneReads(ms, { ...limits, readAheadBytes: 3 * MiB })
    expect(limited.window).toMatchObject({
      minBytes: expect.toSatisfy(upTo(3 * MiB)),
      maxBytes: 3 * MiB,
    })
    const small = tuneReads(ms, { ...limits, cacheBytes: 2 * MiB })
    expect(small.window).toMatchObject({ minBytes: MiB / 2, maxBytes: MiB / 2 })
    const off = tuneReads(ms, { ...limits, readAheadBytes: 0 })
    expect(off.window).toMatchObject({ minBytes: 0, maxBytes: 0 })
  })
})
