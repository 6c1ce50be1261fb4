import fc from 'fast-check'
import { expect, test } from 'vitest'
import { WordTable } from '../../../../src/uftp/wire/word-table.ts'

const table = new WordTable({ size: 1, 'unix.mode': 2, 'os.unix=slink': 3 })

function get(text: string): number | undefined {
  const bytes = Buffer.from(`;${text};`)
  return table.get(bytes, 1, bytes.length - 1)
}

test.each([
  ['size', 1],
  ['SiZE', 1],
  ['UNIX.mode', 2],
  ['OS.unix=slink', 3],
  ['sizes', undefined],
  ['siz', undefined],
  ['', undefined],
  ['unix\u000emode', undefined],
])('%j is %s', (text, value) => {
  expect(get(text)).toBe(value)
})

test('a word with the hash of another is not the other', () => {
  // 'a' * 31 + '~' = 'b' * 31 + '_'
  const one = new WordTable({ 'a~': 1 })
  expect(one.get(Buffer.from('a~'), 0, 2)).toBe(1)
  expect(one.get(Buffer.from('b_'), 0, 2)).toBeUndefined()
  expect(() => new WordTable({ 'a~': 1, b_: 2 })).toThrow('"b_"')
})

test('only the word itself is found', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const known = new Map([
        ['size', 1],
        ['unix.mode', 2],
        ['os.unix=slink', 3],
      ])
      const ascii = text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
      expect(get(text)).toBe(known.get(ascii))
    }),
  )
})
