import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { comparableName } from '../../../../src/server/auth/distinguished-name.ts'
import { accountOf, parseMapFile, parseRate } from '../../../../src/server/auth/map-file.ts'
import { basePath, parseSessionRequest } from '../../../../src/server/auth/session-request.ts'
import { SignOnLimit } from '../../../../src/server/auth/sign-on-limit.ts'
import { ParsedText } from '../../../../src/server/auth/text-source.ts'
import { hashPassword, parseUsers, verifyPassword } from '../../../../src/server/auth/users.ts'
import { Secret } from '../../../../src/support/secret.ts'

describe('users file', () => {
  const dn = 'CN=Demo User, O=UNICORE:x, C=EU'

  test('its hash is md5(salt + password), as `md5sum` makes it', () => {
    const hash = createHash('md5').update('saltpässword').digest('hex')
    const users = parseUsers(`# comment\n\nu:${hash.toUpperCase()}:salt:${dn}\n`)
    expect(verifyPassword(users, 'u', new Secret('pässword'))).toBe(dn)
    expect(verifyPassword(users, 'u', new Secret('password'))).toBeUndefined()
    expect(verifyPassword(users, 'v', new Secret('pässword'))).toBeUndefined()
  })

  test('a line made here is accepted, with a salt of its own', () => {
    const lines = [1, 2].map(() => hashPassword('u', new Secret('p'), dn))
    expect(lines[0]).not.toBe(lines[1])
    expect(verifyPassword(parseUsers(lines[0]!), 'u', new Secret('p'))).toBe(dn)
  })

  test.each(['u', 'u:nohash:salt:CN=x', 'u:hash', `u:${'0'.repeat(32)}:salt:`])(
    '%j is an error that does not repeat the line',
    (line) => {
      expect(() => parseUsers(line)).toThrow('a line of the users file is not user:hash:salt:DN')
    },
  )

  test('is read again when it changes; a broken one leaves the last', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'users-'))
    const file = join(directory, 'users')
    await writeFile(file, hashPassword('a', new Secret('p'), dn))
    const failures: unknown[] = []
    const users = await ParsedText.open({ file }, parseUsers, (error) => failures.push(error))
    await writeFile(file, hashPassword('bb', new Secret('p'), dn))
    expect([...(await users.current()).keys()]).toEqual(['bb'])
    await writeFile(file, 'broken')
    expect([...(await users.current()).keys()]).toEqual(['bb'])
    await rm(directory, { recursive: true })
    expect([...(await users.current()).keys()]).toEqual(['bb'])
    expect(failures).toHaveLength(2)
  })
})

test.each([
  ['CN=Demo User, O=UNICORE, C=EU', 'c=eu,o=Unicore,cn=demo  user', true],
  ['CN="a, b",O=x', 'CN=a\\, b,O=x', true],
  ['CN=a,CN=b', 'CN=b, CN=a', true],
  ['CN=a,O=x', 'CN=a', false],
  ['CN=a,O=x', 'CN=x,O=a', false],
])('%s and %s are the same: %s', (a, b, same) => {
  expect(comparableName(a) === comparableName(b)).toBe(same)
})

describe('map file', () => {
  const map = parseMapFile(
    JSON.stringify({
      'CN=A,O=x': {
        role: 'user',
        xlogin: ['a', 'a2'],
        group: 'g',
        'uftpd.TEST.xlogin': 'special',
        'uftpd.TEST.rateLimit': '200M',
        'uftpd.TEST.excludes': '/home/*:/etc/*',
      },
    }),
  )

  test('a server may have its own values', () => {
    expect(accountOf(map, 'o=X, cn=a', 'TEST')).toEqual({
      role: 'user',
      xlogins: ['special'],
      groups: ['g'],
      rateLimit: 209_715_200,
      includes: undefined,
      excludes: '/home/*:/etc/*',
    })
    expect(accountOf(map, 'CN=A,O=x', 'OTHER')).toMatchObject({
      xlogins: ['a', 'a2'],
      rateLimit: 0,
      excludes: undefined,
    })
  })

  test('who is not in it is nobody', () => {
    expect(accountOf(map, 'CN=B,O=x', 'TEST')).toMatchObject({ role: 'anonymous', xlogins: [] })
  })

  test('a limit that cannot be read does not become none', () => {
    expect(() => parseRate('fast')).toThrow("rateLimit 'fast'")
    expect([parseRate('10'), parseRate('1k'), parseRate('2G')]).toEqual([10, 1024, 2 ** 31])
  })
})

test.each([
  ['/base/', '/base/'],
  ['/base/___UFTP___MULTI___FILE___SESSION___MODE___', '/base/'],
  ['___UFTP___MULTI___FILE___SESSION___MODE___', ''],
  ['', ''],
])('the base of serverPath %j is %j', (serverPath, base) => {
  expect(basePath(serverPath)).toBe(base)
})

test('a session request takes texts for flags and numbers, and nulls', () => {
  const body = { serverPath: '', persistent: 'TRUE', compress: null, streamCount: '3', x: {} }
  expect(parseSessionRequest(JSON.stringify(body))).toMatchObject({
    serverPath: '',
    persistent: true,
    compress: false,
    streamCount: 3,
  })
})

describe('SignOnLimit', () => {
  let nowMs = 0
  const limit = (): SignOnLimit => new SignOnLimit({ monotonicMs: () => nowMs, epochNs: () => 0n })

  test('five failures of an address for a user close the rest of the minute', () => {
    nowMs = 0
    const signOns = limit()
    for (let count = 0; count < 5; count += 1) {
      expect(signOns.retryAfter('192.0.2.1', 'u')).toBe(0)
      signOns.failed('192.0.2.1', 'u')
    }
    nowMs = 20_000
    expect(signOns.retryAfter('192.0.2.1', 'u')).toBe(40)
    // Neither other users nor other addresses suffer.
    expect(signOns.retryAfter('192.0.2.1', 'v')).toBe(0)
    expect(signOns.retryAfter('192.0.2.2', 'u')).toBe(0)
    nowMs = 60_000
    expect(signOns.retryAfter('192.0.2.1', 'u')).toBe(0)
  })

  test('thirty failures of an address, whatever the user; IPv6 counts by /64', () => {
    nowMs = 0
    const signOns = limit()
    for (let count = 0; count < 30; count += 1) signOns.failed(`2001:db8::${count}`, `u${count}`)
    expect(signOns.retryAfter('2001:db8:0:0:ffff::1', 'new')).toBe(60)
    expect(signOns.retryAfter('2001:db8:0:1::1', 'new')).toBe(0)
  })

  test('memory is bounded', () => {
    const signOns = limit()
    for (let count = 0; count < 5; count += 1) signOns.failed('192.0.2.1', 'u')
    expect(signOns.retryAfter('192.0.2.1', 'u')).toBe(60)
    for (let count = 0; count < 12_000; count += 1) {
      signOns.failed(`10.0.${count >> 8}.${count & 255}`, 'u')
    }
    expect(signOns.retryAfter('192.0.2.1', 'u')).toBe(0)
  })
})
