import { expect, test } from 'vitest'
import { timeoutOf } from '../../../src/fuse/kernel/timeout.ts'

test.each([
  [0, 0, 0],
  [-5, 0, 0],
  [1, 0, 1_000_000],
  [1999.5, 1, 999_500_000],
  [Infinity, 2 ** 32, 0],
])('a timeout of %d ms is %d s and %d ns', (ms, seconds, nanoseconds) => {
  expect(timeoutOf(ms)).toEqual({ seconds, nanoseconds })
})
