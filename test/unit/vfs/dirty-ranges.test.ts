import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blockBytes, ContentMemory } from '../../../src/vfs/content-memory.ts'
import { DirtyRanges } from '../../../src/vfs/dirty-ranges.ts'

const limit = 400

/** Small: what is given back too early or twice is soon somebody else's. */
const memory = new ContentMemory(2 * blockBytes)

/** The obvious model: one cell a byte. */
class CellModel {
  readonly cells: (number | undefined)[] = Array.from({ length: limit * 2 })
  write(offset: number, data: Uint8Array): void {
    data.forEach((byte, index) => (this.cells[offset + index] = byte))
  }
  truncate(size: number): void {
    this.cells.fill(undefined, size)
  }
}

function cellsOf(ranges: DirtyRanges): (number | undefined)[] {
  const model = new CellModel()
  for (const { offset, bytes } of ranges.pieces({ start: 0, end: limit * 2 })) {
    model.write(offset, bytes)
  }
  return model.cells
}

describe('DirtyRanges', () => {
  it('holds what a byte-wise model holds after any writes, truncations and takes', () => {
    const operation = fc.oneof(
      fc.record({
        kind: fc.constant('write' as const),
        offset: fc.nat(limit),
        data: fc.uint8Array({ minLength: 1, maxLength: 60 }),
      }),
      fc.record({ kind: fc.constant('truncate' as const), size: fc.nat(limit) }),
      fc.record({
        kind: fc.constant('take' as const),
        least: fc.integer({ min: 1, max: 40 }),
        most: fc.integer({ min: 40, max: 80 }),
      }),
    )
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
        const ranges = new DirtyRanges(memory)
        const model = new CellModel()
        for (const step of operations) {
          if (step.kind === 'write') {
            const length = ranges.write(step.offset, step.data)
            expect(length).toBeGreaterThanOrEqual(step.data.length)
            model.write(step.offset, step.data)
          } else if (step.kind === 'truncate') {
            ranges.truncate(step.size)
            model.truncate(step.size)
          } else {
            const run = ranges.take(step.least, step.most)
            if (!run) continue
            const taken = Buffer.concat(run.pieces)
            expect(taken.length).toBe(run.length)
            expect([...taken]).toEqual(model.cells.slice(run.offset, run.offset + run.length))
            ranges.free(run)
            model.cells.fill(undefined, run.offset, run.offset + run.length)
          }
          ranges.assertInvariants()
          expect(cellsOf(ranges)).toEqual(model.cells)
        }
      }),
    )
  })

  it('makes one run of sequential small writes and takes it in long pieces', () => {
    const ranges = new DirtyRanges(memory)
    for (let index = 0; index < 1000; index++) ranges.write(index * 10, Buffer.alloc(10, index))
    const run = ranges.take(1, Infinity)!
    expect(run).toMatchObject({ offset: 0, length: 10_000 })
    expect(run.pieces.length).toBeLessThan(20)
    expect(ranges.bytes).toBe(0)
  })

  it('does not keep the buffer that it was given', () => {
    const ranges = new DirtyRanges(memory)
    const data = Buffer.from('abc')
    ranges.write(0, data)
    data.fill(0)
    expect(Buffer.concat(ranges.take(1, 10)!.pieces).toString()).toBe('abc')
  })

  it('holds small writes from the end to the beginning in little more than their bytes', () => {
    const ranges = new DirtyRanges(new ContentMemory(64 * blockBytes))
    for (let offset = 1_000_000; offset > 0; offset -= 100) ranges.write(offset, Buffer.alloc(100))
    ranges.assertInvariants()
    expect(ranges.take(1, Infinity)!.pieces.length).toBeLessThan(2 * (1_000_000 / 4096))
  })
})
