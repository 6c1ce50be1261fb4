import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeName, encodeName, isUtf8Name } from '../../../src/support/name-bytes.ts'

describe('names as bytes', () => {
  it('carries any bytes through a string and back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(encodeName(decodeName(bytes))).toEqual(Buffer.from(bytes))
      }),
    )
  })

  it('leaves UTF-8 as it is, astral characters included', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        expect(decodeName(Buffer.from(name, 'utf8'))).toBe(name)
        expect(isUtf8Name(name)).toBe(true)
      }),
    )
  })

  it.each([
    ['a stray byte', [0x61, 0xff, 0x62], 'a\udcffb'],
    ['a cut sequence', [0xe2, 0x82], '\udce2\udc82'],
    ['an overlong slash', [0xc0, 0xaf], '\udcc0\udcaf'],
    ['a surrogate', [0xed, 0xb2, 0x80], '\udced\udcb2\udc80'],
    ['a byte order mark', [0xef, 0xbb, 0xbf], '\ufeff'],
  ])('%s', (_, bytes, text) => {
    expect(decodeName(Uint8Array.from(bytes))).toBe(text)
    expect(isUtf8Name(text)).toBe(text === '\ufeff')
  })
})
