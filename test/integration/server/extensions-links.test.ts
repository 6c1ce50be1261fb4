/** SITE SYMLINK, LINK and RENAME, and what removes and renames links. */

import {
  chmod,
  chown,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  symlink,
  writeFile,
} from 'node:fs/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeName } from '../../../src/support/name-bytes.ts'
import { escapePath, unescapePath } from '../../../src/uftp/wire/path-escape.ts'
import { isRoot } from '../../support/mount/requirements.ts'
import { PosixSession } from '../../support/posix-session.ts'

describe('SITE SYMLINK', () => {
  test('keeps any text', async () => {
    await using session = await PosixSession.open()
    const text = fc
      .uint8Array({ minLength: 1, maxLength: 200 })
      .map((bytes) => bytes.map((byte) => byte || 0x2f))
    await fc.assert(
      fc.asyncProperty(text, async (bytes) => {
        const target = escapePath(decodeName(bytes))
        expect(await session.say(`SITE SYMLINK ${target} l`)).toBe('200 Created')
        expect(await readlink(session.path('l'), { encoding: 'buffer' })).toEqual(
          Buffer.from(bytes),
        )
        const told = (await session.facts('l')).get('unix.slink')
        expect(unescapePath(told!)).toBe(decodeName(bytes))
        expect(await session.say('DELE l')).toBe('200 OK')
      }),
      { numRuns: 50 },
    )
  })

  test('may point out of the base, where nobody gets', async () => {
    await using session = await PosixSession.open()
    await writeFile(session.server.outside('secret'), 'secret')
    expect(await session.say('SITE SYMLINK ../secret out')).toBe('200 Created')
    expect((await session.facts('out')).get('unix.slink')).toBe('../secret')
    const followers = [
      'SITE TRUNCATE 0 out',
      'SITE FSYNC out',
      'SITE STATFS out',
      'SITE COPY 0 1 out 0 copy',
      'SITE COPY 0 1 copy 0 out',
      'SITE CHMOD 777 out',
      'MFF UNIX.mode=777; out',
      'MFMT 20200101000000 out',
    ]
    await writeFile(session.path('copy'), 'copy')
    for (const line of followers) expect(await session.say(line)).toMatch(/^534 .*Forbidden/)
    expect(await readFile(session.server.outside('secret'), 'utf8')).toBe('secret')
    expect((await lstat(session.server.outside('secret'))).mode & 0o777).not.toBe(0o777)
  })

  test('says why it cannot', async () => {
    await using session = await PosixSession.open()
    await symlink('gone', session.path('l'))
    await symlink('..', session.path('parent'))
    expect(await session.errno('SITE SYMLINK x l')).toBe(17)
    expect(await session.errno('SITE SYMLINK x no/l')).toBe(2)
    expect(await session.errno(`SITE SYMLINK ${'x'.repeat(4096)} m`)).toBe(36)
    expect(await session.say('SITE SYMLINK x parent/l')).toMatch(/^534 /)
    expect(await session.say('SITE SYMLINK x')).toMatch(/^501 /)
    expect(await session.say('SITE SYMLINK 1:1 x y z')).toMatch(/^501 /)
    expect((await readdir(session.server.base)).toSorted()).toEqual(['l', 'parent'])
  })

  test.each(['', '1', '1:', ':1', '1:1:1', 'a:b', '4294967295:0', '-1:0', '777:1:1'])(
    'with "%s" for an owner is a syntax error',
    async (owner) => {
      await using session = await PosixSession.open()
      expect(await session.say(`SITE SYMLINK ${owner} x l`)).toMatch(/^501 /)
      expect(await readdir(session.server.base)).toEqual([])
    },
  )
})

describe.runIf(isRoot)('SITE SYMLINK for somebody', () => {
  test('gives the link away, not what it leads to', async () => {
    await using session = await PosixSession.open()
    await writeFile(session.path('f'), '')
    expect(await session.say('SITE SYMLINK 1234:5678 f l')).toBe('200 Created')
    expect(await lstat(session.path('l'))).toMatchObject({ uid: 1234, gid: 5678 })
    expect(await lstat(session.path('f'))).toMatchObject({ uid: 0, gid: 0 })
    expect(await readlink(session.path('l'))).toBe('f')
  })

  test('leaves the group to a set-group-ID directory', async () => {
    await using session = await PosixSession.open()
    await mkdir(session.path('shared'))
    await chown(session.path('shared'), 1, 4321)
    await chmod(session.path('shared'), 0o2775)
    expect(await session.say('SITE SYMLINK 1234:5678 x shared/given')).toBe('200 Created')
    expect(await session.say('SITE SYMLINK x shared/own')).toBe('200 Created')
    expect(await lstat(session.path('shared/given'))).toMatchObject({ uid: 1234, gid: 4321 })
    expect(await lstat(session.path('shared/own'))).toMatchObject({ uid: 0, gid: 4321 })
  })
})

describe('SITE LINK', () => {
  test('gives a file, or a link itself, one more name', async () => {
    await using session = await PosixSession.open()
    await writeFile(session.path('f'), 'data')
    await symlink('gone', session.path('l'))
    await mkdir(session.path('a b'))
    expect(await session.say('SITE LINK f a%20b/g')).toBe('200 Created')
    expect(await session.say('SITE LINK l m')).toBe('200 Created')
    expect(await readFile(session.path('a b/g'), 'utf8')).toBe('data')
    expect((await session.facts('f')).get('unix.nlink')).toBe('2')
    expect(await readlink(session.path('m'))).toBe('gone')
    expect((await session.facts('m')).get('unique')).toBe((await session.facts('l')).get('unique'))
  })

  test('says why it cannot', async () => {
    await using session = await PosixSession.open()
    await writeFile(session.path('f'), '')
    await writeFile(session.server.outside('secret'), '')
    await mkdir(session.path('d'))
    await symlink('..', session.path('parent'))
    expect(await session.errno('SITE LINK f f')).toBe(17)
    expect(await session.errno('SITE LINK f d')).toBe(17)
    expect(await session.errno('SITE LINK gone g')).toBe(2)
    expect(await session.errno('SITE LINK d e')).toBe(1)
    for (const paths of ['../secret g', 'parent/secret g', 'f ../g', 'f parent/g']) {
      expect(await session.say(`SITE LINK ${paths}`)).toMatch(/^534 .*Forbidden/)
    }
    expect((await readdir(session.server.outside('.'))).toSorted()).toEqual(['base', 'secret'])
  })
})

describe('SITE RENAME', () => {
  test('- replaces', async () => {
    await using session = await PosixSession.open()
    await writeFile(session.path('a'), 'a')
    await writeFile(session.path('b'), 'b')
    expect(await session.say('SITE RENAME - a b')).toBe('200 Renamed')
    expect(await readdir(session.server.base)).toEqual(['b'])
    expect(await readFile(session.path('b'), 'utf8')).toBe('a')
  })

  test('NOREPLACE does not, not even a dangling link', async () => {
    await using session = await PosixSession.open()
    await writeFile(session.path('a'), 'a')
    await writeFile(session.path('b'), 'b')
    await symlink('gone', session.path('l'))
    expect(await session.errno('SITE RENAME NOREPLACE a b')).toBe(17)
    expect(await session.errno('SITE RENAME NOREPLACE a l')).toBe(17)
    expect(await readFile(session.path('b'), 'utf8')).toBe('b')
    expect(await session.say('SITE RENAME NOREPLACE a %ff%0a')).toBe('200 Renamed')
    expect(await readdir(session.server.base, { encoding: 'buffer' })).toContainEqual(
      Buffer.from([0xff, 0x0a]),
    )
  })

  test('EXCHANGE swaps whatever they are', async () => {
    await using session = await PosixSession.open()
    await writeFile(session.path('a'), 'a')
    await mkdir(session.path('d'))
    expect(await session.say('SITE RENAME EXCHANGE a d')).toBe('200 Renamed')
    expect((await lstat(session.path('a'))).isDirectory()).toBe(true)
    expect(await readFile(session.path('d'), 'utf8')).toBe('a')
    expect(await session.errno('SITE RENAME EXCHANGE a gone')).toBe(2)
  })

  test.each(['-', 'NOREPLACE', 'EXCHANGE'])('%s stays inside', async (flags) => {
    await using session = await PosixSession.open()
    await writeFile(session.path('a'), 'a')
    await mkdir(session.server.outside('d'))
    await writeFile(session.server.outside('d/secret'), 'secret')
    await symlink('../d', session.path('out'))
    for (const paths of ['a out/a', 'out/secret a', '../d/secret b', 'a ../d/a', '. b', 'a .']) {
      expect(await session.say(`SITE RENAME ${flags} ${paths}`)).toMatch(/^534 .*Forbidden/)
    }
    expect(await readdir(session.server.outside('d'))).toEqual(['secret'])
    expect(await readFile(session.path('a'), 'utf8')).toBe('a')
    expect(await session.errno(`SITE RENAME ${flags} gone b`)).toBe(2)
  })

  test.each(['RENAME a b', 'RENAME noreplace a b', 'RENAME - a', 'RENAME - a b c', 'RENAME -  b'])(
    'SITE %s is a syntax error',
    async (line) => {
      await using session = await PosixSession.open()
      await writeFile(session.path('a'), '')
      expect(await session.say(`SITE ${line}`)).toMatch(/^501 /)
    },
  )
})

test('DELE, RNFR and RNTO take links themselves', async () => {
  await using session = await PosixSession.open()
  await writeFile(session.path('f'), 'data')
  await symlink('f', session.path('l'))
  await symlink('gone', session.path('dangling'))
  expect(await session.say('RNFR l')).toMatch(/^350 /)
  expect(await session.say('RNTO m')).toBe('200 OK')
  expect(await readlink(session.path('m'))).toBe('f')
  expect(await session.say('RNFR f')).toMatch(/^350 /)
  expect(await session.say('RNTO dangling')).toBe('200 OK')
  expect((await readdir(session.server.base)).toSorted()).toEqual(['dangling', 'm'])
  expect(await readFile(session.path('dangling'), 'utf8')).toBe('data')
  expect(await session.say('DELE m')).toBe('200 OK')
  expect(await readdir(session.server.base)).toEqual(['dangling'])
})

test('what a session may not touch is not reached by another name', async () => {
  await using session = await PosixSession.open()
  await mkdir(session.path('d'))
  await writeFile(session.path('d/key'), 'secret')
  await symlink('d', session.path('way'))
  await using limited = await session.server.login({ excludes: 'd/key' })
  const say = async (line: string): Promise<string> => (await limited.command(line)).text
  for (const line of [
    'LINK d/key k',
    'LINK way/key k',
    'RENAME - d e',
    'RENAME EXCHANGE d/key f',
    'TRUNCATE 0 way/key',
    'COPY 0 6 way/key 0 f',
  ]) {
    await writeFile(session.path('f'), 'f')
    expect(await say(`SITE ${line}`)).toMatch(/^534 .*Forbidden/)
  }
  expect(await readFile(session.path('d/key'), 'utf8')).toBe('secret')
})
