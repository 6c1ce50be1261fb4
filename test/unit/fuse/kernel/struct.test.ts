import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  fileOffset,
  i32,
  i64,
  padding32,
  safe64,
  struct,
  u16,
  u32,
  u64,
  type CodecValue,
} from '../../../../src/fuse/kernel/struct.ts'
import { attr } from '../../../../src/fuse/kernel/attribute-structs.ts'
import { entryOut } from '../../../../src/fuse/kernel/structs.ts'

const inner = struct('inner', { tag: u16, wide: u64 })
const sample = struct('sample', {
  small: u16,
  signed: i32,
  padding: padding32(3),
  count: safe64,
  offset: fileOffset,
  time: i64,
  inner,
  last: u32,
})

const arbitrarySample: fc.Arbitrary<CodecValue<typeof sample>> = fc.record({
  small: fc.integer({ min: 0, max: 0xffff }),
  signed: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  count: fc.maxSafeNat(),
  offset: fc.maxSafeNat(),
  time: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  inner: fc.record({
    tag: fc.integer({ min: 0, max: 0xffff }),
    wide: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  }),
  last: fc.integer({ min: 0, max: 0xffffffff }),
})

describe('struct', () => {
  test('what is encoded is decoded, at any place, with zeros as padding', () => {
    fc.assert(
      fc.property(arbitrarySample, fc.nat(20), (value, at) => {
        const bytes = Buffer.alloc(at + sample.size + 5, 0xaa)
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
        sample.encode(view, at, value)
        expect(sample.decode(view, at)).toEqual(value)
        const paddingAt = at + sample.offsets.padding
        expect([...bytes.subarray(paddingAt, paddingAt + 12)]).toEqual(Array(12).fill(0))
        expect([...bytes.subarray(at + sample.size)]).toEqual(Array(5).fill(0xaa))
      }),
    )
  })

  test('every field of fuse_attr keeps its own value', () => {
    const names = Object.keys(attr.offsets)
    const value = Object.fromEntries(
      names.map((name, index) => [name, /^[amc]time$/.test(name) ? BigInt(-index) : index]),
    ) as unknown as CodecValue<typeof attr>
    const view = new DataView(new ArrayBuffer(entryOut.size))
    attr.encode(view, 0, value)
    expect(attr.decode(view, 0)).toEqual(value)
  })

  test.each([
    [safe64, 'EINVAL'],
    [fileOffset, 'EFBIG'],
  ] as const)('numbers of 64 bits above 2^53 are refused', (codec, code) => {
    const view = new DataView(new ArrayBuffer(8))
    u64.encode(view, 0, BigInt(Number.MAX_SAFE_INTEGER))
    expect(codec.decode(view, 0)).toBe(Number.MAX_SAFE_INTEGER)
    u64.encode(view, 0, 2n ** 53n)
    expect(() => codec.decode(view, 0)).toThrow(expect.objectContaining({ code }))
  })

  test.each([-1, 0.5, Number.NaN, 2 ** 53])('%d is not encoded as a 64-bit count', (value) => {
    const view = new DataView(new ArrayBuffer(8))
    expect(() => safe64.encode(view, 0, value)).toThrow(expect.objectContaining({ code: 'EIO' }))
  })
})
