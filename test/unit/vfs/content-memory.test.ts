import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blockBytes, ContentMemory } from '../../../src/vfs/content-memory.ts'

const length = fc.oneof(fc.integer({ min: 1, max: blockBytes }), fc.constant(blockBytes))

describe('ContentMemory', () => {
  it('never hands out memory twice, and makes no more than it may', () => {
    const step = fc.record({ length, givesBack: fc.boolean(), which: fc.nat() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const memory = new ContentMemory(4 * blockBytes)
        const taken: Uint8Array[] = []
        for (const { length: wanted, givesBack, which } of steps) {
          if (givesBack && taken.length > 0) {
            memory.give(taken.splice(which % taken.length, 1)[0]!.subarray(0, 1))
          } else {
            const bytes = memory.take(wanted)
            expect(bytes.length).toBe(wanted)
            expect(taken.filter((other) => meet(other, bytes))).toEqual([])
            taken.push(bytes)
          }
          const blocks = taken.filter((bytes) => memory.owns(bytes)).map(({ buffer }) => buffer)
          expect(new Set(blocks).size).toBeLessThanOrEqual(4)
        }
      }),
    )
  })

  it('uses small pieces together, and their block for anything when all are back', () => {
    const memory = new ContentMemory(blockBytes)
    const pieces = Array.from({ length: 32 }, () => memory.take(4096))
    expect(new Set(pieces.map(({ buffer }) => buffer)).size).toBe(1)
    for (const piece of pieces) memory.give(piece)
    expect(memory.take(blockBytes).buffer).toBe(pieces[0]!.buffer)
  })

  it('asks for memory back when all is in use, until there is enough', () => {
    const memory = new ContentMemory(blockBytes)
    const old = [memory.take(blockBytes / 2), memory.take(blockBytes / 2)]
    memory.onFull(() => {
      const oldest = old.shift()
      if (oldest) memory.give(oldest)
      return oldest !== undefined
    })
    const whole = memory.take(blockBytes)
    expect(old).toEqual([])
    // Nobody has any left: it comes from elsewhere, and is not kept.
    const more = memory.take(blockBytes)
    expect(more.buffer).not.toBe(whole.buffer)
    memory.give(more)
    expect(memory.take(blockBytes).buffer).not.toBe(more.buffer)
    expect([memory.owns(whole), memory.owns(more)]).toEqual([true, false])
  })
})

function meet(a: Uint8Array, b: Uint8Array): boolean {
  if (a.buffer !== b.buffer) return false
  return a.byteOffset < b.byteOffset + b.length && b.byteOffset < a.byteOffset + a.length
}
