import { describe, expect, test } from 'vitest'
import {
  command,
  escapedArgument,
  pathArgument,
  statListing,
} from '../../../../src/uftp/wire/commands.ts'

describe('a command', () => {
  test.each([
    ['a\nDELE b', 'EILSEQ'],
    ['a\rDELE b', 'EILSEQ'],
    ['a\udcff', 'EILSEQ'],
    ['a\0b', 'EINVAL'],
    ['a'.repeat(32_800), 'ENAMETOOLONG'],
    ['ü'.repeat(16_400), 'ENAMETOOLONG'],
  ])('that cannot carry its argument is refused (%#)', (argument, code) => {
    expect(() => command('STAT', 'F', argument)).toThrow(expect.objectContaining({ code }))
  })

  test('does not show a password', () => {
    const pass = command('PASS', 'geheim')
    expect(pass.line).toBe('PASS geheim')
    expect(pass.shown).not.toContain('geheim')
    expect(() => command('PASS', 'geheim\n')).toThrow(/^(?!.*geheim)/)
  })

  test('that lists is followed by its marker', () => {
    const one = statListing('/a b')
    expect(one.line).toBe(`STAT N /a b\r\nRANG ${one.marker} ${one.marker}`)
    expect(one.marker).toMatch(/^\d{12,}$/)
    expect(statListing('/a b').marker).not.toBe(one.marker)
  })
})

describe('a path as an argument', () => {
  test('is not longer than stock reads at a time', () => {
    const tooLong = expect.objectContaining({ code: 'ENAMETOOLONG' }) as Error
    expect(() => pathArgument(`/${'a'.repeat(8_100)}`)).toThrow(tooLong)
    expect(() => pathArgument(`/${'ü'.repeat(4_100)}`)).toThrow(tooLong)
    expect(Buffer.byteLength(command('STAT', 'F', pathArgument('ü'.repeat(4_000))).line)).toBe(
      8_007,
    )
  })

  test('is one word when escaped, and never holds NUL', () => {
    expect(escapedArgument('/a b\n\udcff%')).toBe('/a%20b%0A%FF%25')
    const refused = expect.objectContaining({ code: 'EINVAL' }) as Error
    expect(() => escapedArgument('/a\0')).toThrow(refused)
  })

  test.each([
    ['/plain', '/plain'],
    ['/in ner', '/in ner'],
    ['/ leading', '/ leading'],
    ['/trailing ', '/trailing /.'],
    ['/tab\t', '/tab\t/.'],
    ['/nbsp\u00a0', '/nbsp\u00a0/.'],
    ['/file separator\u001c', '/file separator\u001c/.'],
    ['/ideographic\u3000', '/ideographic\u3000/.'],
    ['/bom\ufeff', '/bom\ufeff'],
  ])('%j is sent as %j', (path, argument) => {
    expect(pathArgument(path)).toBe(argument)
  })
})
