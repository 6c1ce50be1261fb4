import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AccessRules } from '../../../../src/server/uftpd/access-rules.ts'
import { matchesGlob } from '../../../../src/server/uftpd/glob.ts'
import { isWithin, normalise } from '../../../../src/server/uftpd/jail.ts'

describe('normalise', () => {
  test.each([
    ['/base', 'a', '/base/a'],
    ['/base', 'a/../b', '/base/b'],
    ['/base', '..', '/'],
    ['/base', '../../..', '/'],
    ['/base', '/x//y/./z/', '/x/y/z'],
    ['/base', '//x', '/x'],
    ['/base', '', '/base'],
    ['/base', 'trailing /.', '/base/trailing '],
    ['/base', './ leading', '/base/ leading'],
    ['/', 'a', '/a'],
    ['/', '..', '/'],
  ])('in %s, %j is %s', (cwd, argument, expected) => {
    expect(normalise(cwd, argument)).toBe(expected)
  })

  test('always gives an absolute path without dots, whatever the argument', () => {
    const piece = fc.oneof(fc.constantFrom('.', '..', '', ' ', '...', '/'), fc.string())
    fc.assert(
      fc.property(fc.array(piece), fc.boolean(), (pieces, absolute) => {
        const argument = (absolute ? '/' : '') + pieces.join('/')
        const path = normalise('/base/dir', argument)
        const names = path === '/' ? [] : path.slice(1).split('/')
        expect(path.startsWith('/')).toBe(true)
        expect(names.filter((name) => ['', '.', '..'].includes(name))).toEqual([])
      }),
    )
  })
})

test.each([
  ['/srv/alice', '/srv/alice', true],
  ['/srv/alice', '/srv/alice/x', true],
  ['/srv/alice', '/srv/alice-secret', false],
  ['/srv/alice', '/srv/alice (deleted)', false],
  ['/srv/alice', '/srv', false],
  ['/srv/alice', '(unreachable)/srv/alice', false],
  ['/', '/anything', true],
])('%s holds %s: %s', (root, path, inside) => {
  expect(isWithin(root, path)).toBe(inside)
})

describe('matchesGlob', () => {
  test.each([
    ['*', '', true],
    ['*', 'a/b', true],
    ['*.txt', '/base/a/b.txt', true],
    ['*.txt', '/base/a.TXT', false],
    ['/base/?', '/base/ab', false],
    ['/base/?b', '/base/ab', true],
    ['[a-c]x', 'bx', true],
    ['[!a-c]x', 'bx', false],
    ['[!a-c]x', 'dx', true],
    ['[]x]', ']', true],
    ['[a-]', '-', true],
    ['[unclosed', '[unclosed', true],
    ['a*b*c', 'aXbYbZc', true],
    ['a*b*c', 'aXbYbZ', false],
    ['.+()^$|', '.+()^$|', true],
    ['💾?', '💾x', true],
  ])('%j on %j: %s', (pattern, text, expected) => {
    expect(matchesGlob(pattern, text)).toBe(expected)
  })

  test('many stars take no exponential time', () => {
    const pattern = 'a*'.repeat(50) + 'b'
    const begin = performance.now()
    expect(matchesGlob(pattern, 'a'.repeat(5000))).toBe(false)
    expect(performance.now() - begin).toBeLessThan(2000)
  })

  test('a text matches itself with its special characters in sets', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const pattern = text.replace(/[*?[]/g, (special) => `[${special}]`)
        expect(matchesGlob(pattern, text)).toBe(true)
      }),
    )
  })
})

describe('AccessRules', () => {
  test('excludes come first, then one include must match', () => {
    const rules = new AccessRules('FULL', ['/b/*.txt'], ['/b/secret*'])
    expect(() => rules.assertPath('/b/a.txt')).not.toThrow()
    expect(() => rules.assertPath('/b/a.dat')).toThrow('not included in')
    expect(() => rules.assertPath('/b/secret.txt')).toThrow('excluded via')
  })

  test('what holds something excluded cannot be moved', () => {
    const rules = new AccessRules('FULL', [], ['/b/x/private/*', '*.key'])
    expect(() => rules.assertMovable('/b/x')).toThrow('holds what is excluded')
    expect(() => rules.assertMovable('/b/x/private')).toThrow('holds what is excluded')
    expect(() => rules.assertMovable('/b/xx')).not.toThrow()
  })
})
