import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ByteRange } from '../../../src/support/byte-range.ts'
import { initialStrides, planStrides } from '../../../src/vfs/strides.ts'

const KiB = 1024
const MiB = 1024 * KiB
const limits = { maxBytes: 16 * MiB }

/** What is asked for in advance at each of the accesses. */
function asked(accesses: readonly ByteRange[], maxBytes = limits.maxBytes): ByteRange[][] {
  let state = initialStrides
  return accesses.map((access) => {
    const plan = planStrides(state, access, { maxBytes })
    state = plan.state
    return [...plan.slices]
  })
}

const slice = (start: number, length: number): ByteRange => ({ start, end: start + length })

function row(start: number, stride: number, length: number, count: number): ByteRange[] {
  return Array.from({ length: count }, (_, index) => slice(start + index * stride, length))
}

describe('planStrides', () => {
  it.each([
    ['forwards', 256 * KiB, MiB],
    ['backwards', 512 * MiB, -MiB],
  ])('asks for more and more of the slices that follow the third, %s', (_, start, stride) => {
    const slices = row(start, stride, 64 * KiB, 20)
    const found = asked(slices.slice(0, 6))
    expect(found.map(({ length }) => length)).toEqual([0, 0, 1, 2, 3, 5])
    expect(found.flat()).toEqual(slices.slice(3, 14))
  })

  it('asks for what has no gaps in one piece, backwards', () => {
    const found = asked(row(512 * MiB, -64 * KiB, 64 * KiB, 100))
    expect(found.every(({ length }) => length <= 1)).toBe(true)
    const pieces = found.flat()
    expect(pieces[0]!.end).toBe(512 * MiB - 2 * 64 * KiB)
    for (const [index, piece] of pieces.slice(1).entries())
      expect(piece.end).toBe(pieces[index]!.start)
    expect(Math.max(...pieces.map(({ start, end }) => end - start))).toBeGreaterThanOrEqual(8 * MiB)
    expect(pieces.length).toBeLessThan(10)
  })

  it('goes over looks into an index, and over a header', () => {
    const chunks = row(256 * KiB, MiB, 64 * KiB, 60)
    const accesses = chunks.flatMap((chunk, index) =>
      index % 16 === 0 ? [slice(900 * MiB - index * 4096, 4096), chunk] : [chunk],
    )
    const found = asked([slice(0, 4096), ...accesses]).flat()
    expect(found.slice(0, 57)).toEqual(chunks.slice(3))
  })

  it('takes requests that follow each other for one slice, and asks for the whole of the next', () => {
    const slices = row(MiB, 10 * MiB, 320 * KiB, 5)
    const accesses = slices.flatMap(({ start }) => [
      slice(start, 128 * KiB),
      slice(start + 128 * KiB, 128 * KiB),
      slice(start + 256 * KiB, 64 * KiB),
    ])
    expect(asked(accesses.slice(0, 7)).flat()).toEqual([slices[3]])
  })

  it('finds slices in distances that are not those of pages', () => {
    const stride = 1_000_003
    const places = Array.from({ length: 200 }, (_, index) => index * stride)
    const accesses = places.map((place) => {
      const start = Math.floor(place / 4096) * 4096
      return { start, end: Math.ceil((place + 5000) / 4096) * 4096 }
    })
    const found = asked(accesses).flat()
    expect(found.length).toBeGreaterThan(190)
    for (const { start, end } of accesses.slice(40)) {
      expect(found.some((one) => one.start <= start && one.end >= end)).toBe(true)
    }
  })

  it('asks for no more bytes in advance than it may', () => {
    const slices = row(0, 100 * MiB, 4 * MiB, 30)
    const found = asked(slices)
    found.forEach((_, index) => {
      const until = Math.max(
        ...found
          .slice(0, index + 1)
          .flat()
          .map(({ end }) => end),
        0,
      )
      expect(until).toBeLessThanOrEqual(slices[index]!.end + 4 * 100 * MiB)
    })
    expect(asked(slices, 0).flat()).toEqual([])
  })

  it('asks for nothing in order, and for nothing at random', () => {
    expect(asked(row(0, 128 * KiB, 128 * KiB, 100)).flat()).toEqual([])
    const places = fc.uniqueArray(fc.nat(2 ** 40), { minLength: 3, maxLength: 50 })
    fc.assert(
      fc.property(places, (starts) => {
        const isRow = starts.some((start, at) =>
          starts.some((other, then) => {
            const third = starts.some((one) => Math.abs(one - 2 * other + start) <= 8192)
            return then > at && third
          }),
        )
        fc.pre(!isRow)
        expect(asked(starts.map((start) => slice(start, 4096))).flat()).toEqual([])
      }),
    )
  })

  it('forgets one long slice among short ones', () => {
    const slices = row(0, 64 * MiB, 4 * KiB, 40)
    slices[10] = slice(640 * MiB, 8 * MiB)
    const bytes = asked(slices)
      .flat()
      .reduce((sum, { start, end }) => sum + end - start, 0)
    expect(bytes).toBeLessThan(64 * MiB)
  })

  it('gives a row up that the reader has left', () => {
    const accesses = [...row(0, MiB, 4096, 6), ...row(500 * MiB, 128 * KiB, 128 * KiB, 10)]
    const found = asked(accesses)
    expect(found.slice(6).flat()).toEqual([])
  })

  it('tells where the slice ends, unless it has become longer than those before', () => {
    let state = initialStrides
    const ends = [...row(0, MiB, 4096, 4), slice(3 * MiB + 4096, 4096)].map((access) => {
      const plan = planStrides(state, access, limits)
      state = plan.state
      return plan.sliceEnd
    })
    expect(ends).toEqual([Infinity, Infinity, 2 * MiB + 4096, 3 * MiB + 4096, Infinity])
  })
})
