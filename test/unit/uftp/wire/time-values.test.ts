import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatTimeValue, parseTimeValue } from '../../../../src/uftp/wire/facts.ts'

test.each([
  ['19700101000000', 0n],
  ['19691231235959.9', -100_000_000n],
  ['00000229000000', -62_162_121_600_000_000_000n],
  ['00990101000000', -59_042_995_200_000_000_000n],
  ['20161231235960', 1_483_228_800_000_000_000n],
  ['99991231235959.999999999', 253_402_300_799_999_999_999n],
])('%s', (text, ns) => {
  expect(parseTimeValue(text)).toBe(ns)
})

test.each([
  '20230229000000',
  '19000229000000',
  '20230431000000',
  '20231301000000',
  '20230001000000',
  '20230100000000',
  '20230101240000',
  '20230101006000',
  '20230101000061',
  '2023010100000',
  '20230101000000.',
  '-20230101000000',
])('%s is no time', (text) => {
  expect(parseTimeValue(text)).toBeUndefined()
})

test('any moment of the years 0 to 9999 comes back', () => {
  const moment = fc.bigInt({ min: -62_167_219_200_000_000_000n, max: 253_402_300_799_999_999_999n })
  fc.assert(
    fc.property(moment, (ns) => {
      expect(parseTimeValue(formatTimeValue(ns, { fraction: true }))).toBe(ns)
    }),
  )
})
