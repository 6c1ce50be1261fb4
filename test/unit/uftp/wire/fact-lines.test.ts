import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseFactLine, readDigits } from '../../../../src/uftp/wire/facts.ts'

/** RFC 3659 §7.2 by the letter: facts up to the first blank, parted by semicolons. */
function partsOf(line: string): { facts: Map<string, string>; name: string } | undefined {
  const gap = line.indexOf(' ')
  const facts = line.slice(0, Math.max(0, gap)).split(';').filter(Boolean)
  if (gap < 0 || facts.some((fact) => fact.indexOf('=') < 1)) return undefined
  const pairs = facts.map((fact): [string, string] => {
    const equals = fact.indexOf('=')
    return [fact.slice(0, equals).toLowerCase(), fact.slice(equals + 1)]
  })
  return { facts: new Map(pairs), name: line.slice(gap + 1) }
}

test.each([
  'size=20;type=file; name',
  'Size=20;TYPE=OS.unix=slink; a b;c=d ',
  'a=1;a=2;;b=; ',
  ' name',
  '',
  'size=20;type=file;name',
  'size; name',
  '=20; name',
  'size=20;type name',
])('%j is read as it is written', (line) => {
  expect(parseFactLine(line)).toEqual(partsOf(line))
})

test('any line is', () => {
  const unit = fc.constantFrom('a', 'B', 'é', '😀', '\udc80', '=', ';', ' ', '.')
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 20 }), (line) => {
      expect(parseFactLine(line)).toEqual(partsOf(line))
    }),
  )
})

test.each([
  ['20', 10, 20],
  ['007', 10, 7],
  ['9007199254740991', 10, 9_007_199_254_740_991],
  ['100644', 8, 0o100644],
  ['8', 8, undefined],
  ['', 10, undefined],
  ['-1', 10, undefined],
  ['1.5', 10, undefined],
  ['1 ', 10, undefined],
  ['٣', 10, undefined],
] as const)('%j with radix %d is %s', (text, radix, number) => {
  const bytes = Buffer.from(`0${text}0`)
  expect(readDigits(bytes, 1, bytes.length - 1, radix)).toBe(number)
})
