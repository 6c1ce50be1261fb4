import { describe, expect, test } from 'vitest'
import { command, pathArgument, statListing } from '../../../../src/uftp/wire/commands.ts'

describe('a command', () => {
  test.each([
    ['a\nDELE b', 'EILSEQ'],
    ['a\rDELE b', 'EILSEQ'],
    ['a\udcff', 'EILSEQ'],
    ['a\0b', 'EINVAL'],
    ['a'.repeat(8200), 'ENAMETOOLONG'],
    ['ü'.repeat(4100), 'ENAMETOOLONG'],
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
