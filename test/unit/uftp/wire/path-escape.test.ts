import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeName, encodeName } from '../../../../src/support/name-bytes.ts'
import { escapeFact, escapePath, unescapePath } from '../../../../src/uftp/wire/path-escape.ts'

test.each([
  ['plain/näme', 'plain/näme'],
  ['a b', 'a%20b'],
  ['100%', '100%25'],
  ['a\r\n\t\u007f', 'a%0D%0A%09%7F'],
  ['\u0085\u00a0', '%C2%85%C2%A0'],
  ['\udcff\udc80', '%FF%80'],
  ['😀', '😀'],
])('%j is written %s', (path, escaped) => {
  expect(escapePath(path)).toBe(escaped)
  expect(unescapePath(escaped)).toBe(path)
})

test('a fact has no semicolon', () => {
  expect(escapeFact('a;b c')).toBe('a%3Bb%20c')
})

test('several escapes make one character, in either case', () => {
  expect(unescapePath('%c3%A9')).toBe('é')
})

test.each(['%', 'a%2', '%zz', '%%20'])('%s is malformed', (text) => {
  expect(unescapePath(text)).toBeUndefined()
})

test('any bytes come back from one word of printable UTF-8', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const escaped = escapePath(decodeName(bytes))
      expect(escaped).not.toMatch(/[\s\p{Cc}\p{Cs}]/u)
      expect(encodeName(unescapePath(escaped)!)).toEqual(Buffer.from(bytes))
    }),
  )
})
