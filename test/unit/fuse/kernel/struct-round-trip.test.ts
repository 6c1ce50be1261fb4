import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { frameOf } from '../../../../src/fuse/kernel/frame.ts'
import type { AnyStruct } from '../../../../src/fuse/kernel/struct.ts'
import { ErrnoError } from '../../../../src/support/errno-error.ts'
import { allStructs } from '../../../support/fuse/all-structs.ts'

describe.each(allStructs as readonly AnyStruct[])('$name', (codec) => {
  test('a value survives being encoded, whatever was in the memory before', () => {
    fc.assert(
      fc.property(bytesOf(codec.size, 0x1f), fc.nat(255), (bytes, before) => {
        const value = codec.decode(frameOf(bytes).view, 0)
        const { view, bytes: encoded } = frameOf(Buffer.alloc(codec.size, before))
        codec.encode(view, 0, value)
        expect(codec.decode(view, 0)).toEqual(value)
        // All but padding, which is zero.
        for (const [at, byte] of encoded.entries()) expect([bytes[at], 0]).toContain(byte)
      }),
    )
  })

  test('any bytes are a value or an errno', () => {
    fc.assert(
      fc.property(bytesOf(codec.size, 0xff), (bytes) => {
        try {
          codec.decode(frameOf(bytes).view, 0)
        } catch (error) {
          expect(error).toBeInstanceOf(ErrnoError)
        }
      }),
    )
  })
})

/** Words of 64 bits that end in a byte of `lastByteMask`, with 0x1f for numbers below 2^53. */
function bytesOf(size: number, lastByteMask: number): fc.Arbitrary<Buffer> {
  return fc.uint8Array({ minLength: size, maxLength: size }).map((random) => {
    const bytes = Buffer.from(random)
    if (lastByteMask === 0xff) return bytes
    for (let word = 0; word < size; word += 8) {
      if (word + 7 >= size) break
      bytes[word + 6]! &= lastByteMask
      bytes[word + 7] = 0
    }
    return bytes
  })
}
