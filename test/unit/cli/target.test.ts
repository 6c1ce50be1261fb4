import { describe, expect, it } from 'vitest'
import { hidePassword, parseTarget } from '../../../src/cli/target.ts'

describe('parseTarget', () => {
  it.each([
    [
      'https://auth.site.org:9000/rest/auth/CLUSTER:/data/x',
      'https://auth.site.org:9000/rest/auth/CLUSTER',
      '/data/x',
    ],
    ['https://h/rest/auth/S:', 'https://h/rest/auth/S', ''],
    ['https://h/GW/rest/auth/S:rel/dir', 'https://h/GW/rest/auth/S', 'rel/dir'],
    ['https://h/rest/auth/S:/a:b', 'https://h/rest/auth/S', '/a:b'],
    ['https://h/rest/auth/S:/with blank/ü%20', 'https://h/rest/auth/S', '/with blank/ü%20'],
    ['https://[::1]:9000/rest/auth/S:/d', 'https://[::1]:9000/rest/auth/S', '/d'],
    ['uftp://h:9000/rest/auth/S:/d', 'https://h:9000/rest/auth/S', '/d'],
    ['http://127.0.0.1:9000/rest/auth/S:/d', 'http://127.0.0.1:9000/rest/auth/S', '/d'],
  ])('%s', (text, authUrl, directory) => {
    expect(parseTarget(text)).toEqual({
      kind: 'auth',
      authUrl,
      directory,
      user: undefined,
      password: undefined,
    })
  })

  it('takes user and password out of a target', () => {
    expect(parseTarget('uftp://u:a@b@h/rest/auth/S:/x@y')).toMatchObject({
      authUrl: 'https://h/rest/auth/S',
      directory: '/x@y',
      user: 'u',
    })
    const target = parseTarget('uftp://us%40er:p%3Aword1@h:1/rest/auth/S:/d')
    expect(target).toMatchObject({ authUrl: 'https://h:1/rest/auth/S', user: 'us@er' })
    expect(target.kind === 'auth' && target.password?.reveal()).toBe('p:word1')
    expect(JSON.stringify(target)).not.toContain('word1')
  })

  it.each([
    ['uftpd://h:443/d', 'h', 443, '/d'],
    ['uftpd://h', 'h', 64434, ''],
    ['uftpd://h/', 'h', 64434, ''],
    ['uftpd://[::1]:7/a b', '::1', 7, '/a b'],
  ])('%s', (text, host, port, directory) => {
    expect(parseTarget(text)).toEqual({ kind: 'direct', host, port, directory })
  })

  it.each([
    'nonsense',
    'https://',
    'https://host',
    'https://host/rest/auth/SITE',
    'https://host/rest/core/SITE:/d',
    'https://host/rest/auth/:/d',
    'https://user:secret@ho st/rest/auth/S:/d',
    'ftp://host/x',
    'uftp://h/rest/auth/S:/d?token=secret',
    'https://u:%zzsecret@h/rest/auth/S:/d',
    'https://u:se/secret@h:1/rest/auth/S:/d',
  ])('refuses %s with one line that holds no password', (text) => {
    expect(() => parseTarget(text)).toThrow(expect.objectContaining({ exitCode: 1 }))
    expect(() => parseTarget(text)).not.toThrow(/\n|secret/)
  })

  it('hides passwords and tokens in messages', () => {
    expect(hidePassword('https://u:p@h/x:/y')).toBe('https://u:***@h/x:/y')
    expect(hidePassword('https://u:p@q@h:1/x:/y@z')).toBe('https://u:***@h:1/x:/y@z')
    expect(hidePassword('uftp://h/x:/y?token=abc&identity=k')).toBe(
      'uftp://h/x:/y?token=***&identity=k',
    )
  })
})
