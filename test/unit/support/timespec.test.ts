import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { epochNsOf, timespecOf } from '../../../src/support/timespec.ts'

describe('times', () => {
  test.each([
    [0n, 0n, 0],
    [1_500_000_000n, 1n, 500_000_000],
    [-1n, -1n, 999_999_999],
    [-1_000_000_000n, -1n, 0],
    [-1_000_000_001n, -2n, 999_999_999],
  ])('%i ns is %i s and %i ns', (ns, seconds, nanoseconds) => {
    expect(timespecOf(ns)).toEqual({ seconds, nanoseconds })
  })

  test('go and return', () => {
    const times = fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n })
    fc.assert(
      fc.property(times, (ns) => {
        const { seconds, nanoseconds } = timespecOf(ns)
        expect(nanoseconds).toBeGreaterThanOrEqual(0)
        expect(nanoseconds).toBeLessThan(1e9)
        expect(epochNsOf(seconds, nanoseconds)).toBe(ns)
      }),
    )
  })
})
