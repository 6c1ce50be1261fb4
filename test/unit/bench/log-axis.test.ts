import { expect, test } from 'vitest'
import { LogAxis } from '../../../bench/report/log-axis.ts'

test('decades around all values', () => {
  expect(new LogAxis([2, 40_000], 0, 500).ticks).toEqual([1, 10, 100, 1000, 10_000, 100_000])
})

test('few decades have a tick in between', () => {
  expect(new LogAxis([15, 80], 0, 100).ticks).toEqual([10, 30, 100])
})

test('one value alone has room', () => {
  const axis = new LogAxis([10], 0, 100)
  expect(axis.place(10)).toBe(0)
  expect(axis.place(100)).toBe(100)
})

test('equal ratios have equal distances, also downwards', () => {
  const axis = new LogAxis([1, 100], 300, 100)
  expect(axis.place(1)).toBe(300)
  expect(axis.place(10)).toBe(200)
  expect(axis.place(100)).toBe(100)
})
