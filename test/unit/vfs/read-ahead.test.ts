import { describe, expect, it } from 'vitest'
import {
  initialReadAhead,
  planReadAhead,
  type ReadAheadState,
} from '../../../src/vfs/read-ahead.ts'

const MiB = 2 ** 20
const limits = { minBytes: MiB, maxBytes: 16 * MiB, stepBytes: Infinity }

function after(accesses: readonly (readonly [number, number])[]): ReadAheadState {
  return accesses.reduce(
    (state, [start, length]) => planReadAhead(state, { start, end: start + length }, limits),
    initialReadAhead,
  )
}

function sequence(start: number, length: number, count: number): [number, number][] {
  return Array.from({ length: count }, (_, index) => [start + index * length, length])
}

describe('planReadAhead', () => {
  it('asks for a small window at the first read of the beginning', () => {
    expect(after([[0, 4096]]).fetchedUntil).toBe(MiB)
  })

  it('grows to the limit when read sequentially, and stays there', () => {
    const state = after(sequence(0, MiB, 100))
    expect(state.windowBytes).toBe(limits.maxBytes)
    expect(state.fetchedUntil).toBeGreaterThanOrEqual(state.nextOffset + limits.maxBytes / 2)
    expect(state.fetchedUntil).toBeLessThanOrEqual(state.nextOffset + limits.maxBytes)
  })

  it('asks for a new window only when half of one is left', () => {
    let state = after(sequence(0, MiB, 40))
    const asked = new Set<number>()
    for (const [start, length] of sequence(state.nextOffset, 128 * 1024, 128)) {
      state = planReadAhead(state, { start, end: start + length }, limits)
      asked.add(state.fetchedUntil)
    }
    expect(asked.size).toBeLessThanOrEqual(4)
  })

  it('asks for whole steps of a large window', () => {
    const stepped = { minBytes: MiB, maxBytes: 64 * MiB, stepBytes: 4 * MiB }
    let state = initialReadAhead
    for (const [start, length] of sequence(0, MiB, 300)) {
      const before = state.fetchedUntil
      state = planReadAhead(state, { start, end: start + length }, stepped)
      if (start < 100 * MiB || state.fetchedUntil === before) continue
      expect(state.fetchedUntil % stepped.stepBytes).toBe(0)
      expect(state.fetchedUntil - before).toBe(stepped.stepBytes)
      expect(state.fetchedUntil - state.nextOffset).toBeGreaterThan(56 * MiB)
    }
    expect(state.fetchedUntil).toBeGreaterThan(350 * MiB)
  })

  it.each([
    ['a seek', [[64 * MiB, 4096]]],
    ['backwards', sequence(0, -4 * MiB, 5).map(([start]) => [80 * MiB + start, 4096])],
    ['backwards without gaps', sequence(0, -MiB, 5).map(([start]) => [80 * MiB + start, MiB])],
    ['strides', sequence(64 * MiB, 3 * MiB, 6).map(([start]) => [start, 4096])],
  ] as [string, [number, number][]][])('fetches only what is asked after %s', (_, accesses) => {
    const state = after([...sequence(0, MiB, 10), ...accesses])
    const [start, length] = accesses.at(-1)!
    expect(state).toEqual({
      nextOffset: start + length,
      windowBytes: 0,
      fetchedUntil: start + length,
    })
  })

  it('takes neighbouring requests in the wrong order for sequential', () => {
    const swapped = sequence(0, MiB, 20).map(([, length], index) => [(index ^ 1) * MiB, length])
    expect(after(swapped as [number, number][]).windowBytes).toBe(limits.maxBytes)
  })

  it('never reads ahead when the limit is 0', () => {
    const off = { minBytes: 0, maxBytes: 0, stepBytes: Infinity }
    let state = initialReadAhead
    for (const [start, length] of sequence(0, MiB, 20)) {
      state = planReadAhead(state, { start, end: start + length }, off)
      expect(state.fetchedUntil).toBe(start + length)
    }
  })
})
