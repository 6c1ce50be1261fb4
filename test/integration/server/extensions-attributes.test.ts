/** MFF: owner, mode and times, to the nanosecond and of links too. */

import { chmod, lstat, symlink, utimes, writeFile } from 'node:fs/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatTimeValue } from '../../../src/uftp/wire/facts.ts'
import { PosixSession } from '../../support/posix-session.ts'

const isRoot = process.geteuid!() === 0

async function times(path: string): Promise<readonly [bigint, bigint]> {
  const { atimeNs, mtimeNs } = await lstat(path, { bigint: true })
  return [atimeNs, mtimeNs]
}

describe('times', () => {
  // Seconds that also file systems with 32 bits for them have, without the last ones on both sides.
  const moment = fc.bigInt({ min: -2_147_483_647n * 10n ** 9n, max: 2_147_483_646n * 10n ** 9n })

  test('are kept to the nanosecond, before 1970 too', async () => {
    await using session = await PosixSession.open()
    await writeFile(session.path('f'), '')
    await symlink('f', session.path('l'))
    await fc.assert(
      fc.asyncProperty(
        moment,
        moment,
        fc.constantFrom('f', 'l'),
        async (atimeNs, mtimeNs, name) => {
          const [a, m] = [atimeNs, mtimeNs].map((ns) => formatTimeValue(ns, { fraction: true }))
          const facts = `modify=${m};UNIX.atime=${a};`
          expect(await session.say(`MFF ${facts} ${name}`)).toBe(`213 ${facts} ${name}`)
          expect(await times(session.path(name))).toEqual([atimeNs, mtimeNs])
          const told = await session.facts(name)
          expect([told.get('unix.atime'), told.get('modify')]).toEqual([a, m])
        },
      ),
      {
        numRuns: 50,
        examples: [
          [-1n, -999_999_999n, 'f'],
          [0n, -1_000_000_001n, 'l'],
        ],
      },
    )
  })

  test('the absent one stays', async () => {
    await using session = await PosixSession.open()
    await writeFile(session.path('f'), '')
    await session.say('MFF modify=20010101000000.123456789;UNIX.atime=19600101000000.5; f')
    const [atimeNs, mtimeNs] = await times(session.path('f'))
    await session.say('MFF UNIX.atime=20020202000000.000000001; f')
    const [newAtimeNs, sameMtimeNs] = await times(session.path('f'))
    expect(sameMtimeNs).toBe(mtimeNs)
    expect(newAtimeNs).not.toBe(atimeNs)
    await session.say('MFF modify=20030303000000; f')
    expect((await times(session.path('f')))[0]).toBe(newAtimeNs)
  })

  test('now is the time of the server', async () => {
    await using session = await PosixSession.open()
    await writeFile(session.path('f'), '')
    await utimes(session.path('f'), 1, 1)
    const before = Date.now() - 1000
    const reply = await session.say('MFF modify=now;UNIX.atime=now; f')
    const stats = await lstat(session.path('f'), { bigint: true })
    const told = formatTimeValue(stats.mtimeNs, { fraction: true })
    expect(reply).toBe(`213 modify=${told};UNIX.atime=${told}; f`)
    expect(Number(stats.mtimeMs)).toBeGreaterThan(before)
    await session.say('MFF UNIX.atime=20020202000000; f')
    expect((await times(session.path('f')))[1]).toBe(stats.mtimeNs)
  })

  test('of a link are its own, MFMT sets those of the file', async () => {
    await using session = await PosixSession.open()
    await writeFile(session.path('f'), '')
    await symlink('f', session.path('l'))
    await symlink('gone', session.path('dangling'))
    await utimes(session.path('f'), 1, 1)
    expect(await session.say('MFF modify=20010101000000; l')).toMatch(/^213 /)
    expect(await session.say('MFF modify=20010101000000; dangling')).toMatch(/^213 /)
    expect(await times(session.path('f'))).toEqual([1_000_000_000n, 1_000_000_000n])
    expect(await session.say('MFMT 19700101000002 l')).toMatch(/^213 /)
    expect(await times(session.path('f'))).toEqual([2_000_000_000n, 2_000_000_000n])
    expect((await session.facts('l')).get('modify')).toBe('20010101000000')
  })

  test('of the base directory can be set', async () => {
    await using session = await PosixSession.open()
    expect(await session.say('MFF modify=19700101000001; .')).toMatch(/^213 /)
    expect((await times(session.server.base))[1]).toBe(1_000_000_000n)
  })
})

describe('mode', () => {
  test('is set with all its bits, through links', async () => {
    await using session = await PosixSession.open()
    await writeFile(session.path('f'), '')
    await symlink('f', session.path('l'))
    expect(await session.say('MFF UNIX.mode=6751; l')).toBe('213 UNIX.mode=6751; l')
    expect((await lstat(session.path('f'))).mode).toBe(0o106751)
    await symlink('gone', session.path('dangling'))
    expect(await session.errno('MFF UNIX.mode=600; dangling')).toBe(2)
  })
})

describe.runIf(isRoot)('owner', () => {
  test('is set with the set-ID bits that go with it, in one command', async () => {
    await using session = await PosixSession.open()
    await writeFile(session.path('f'), '')
    const facts = 'modify=20010101000000;UNIX.mode=6755;UNIX.uid=1234;UNIX.gid=5678;'
    expect(await session.say(`MFF ${facts} f`)).toBe(`213 ${facts} f`)
    const { uid, gid, mode, mtimeMs } = await lstat(session.path('f'))
    expect([uid, gid, mode]).toEqual([1234, 5678, 0o106755])
    expect(mtimeMs).toBe(Date.UTC(2001, 0, 1))
  })

  test('alone takes them away, as chown(2)', async () => {
    await using session = await PosixSession.open()
    await writeFile(session.path('f'), '')
    await chmod(session.path('f'), 0o6755)
    await session.say('MFF UNIX.gid=5678; f')
    const { uid, gid, mode } = await lstat(session.path('f'))
    expect([uid, gid, mode]).toEqual([0, 5678, 0o100755])
  })

  test('of a link is its own', async () => {
    await using session = await PosixSession.open()
    await writeFile(session.path('f'), '')
    await symlink('f', session.path('l'))
    await symlink('../secret', session.path('out'))
    await writeFile(session.server.outside('secret'), '')
    expect(await session.say('MFF UNIX.uid=1234; l')).toMatch(/^213 /)
    expect(await session.say('MFF UNIX.uid=1234; out')).toMatch(/^213 /)
    expect((await lstat(session.path('l'))).uid).toBe(1234)
    expect((await lstat(session.path('f'))).uid).toBe(0)
    expect((await lstat(session.server.outside('secret'))).uid).toBe(0)
  })
})

describe('nothing is changed by', () => {
  test.each([
    ['UNIX.mode=600;UNIX.owner=root;', 504],
    ['UNIX.mode=600;modify=yesterday;', 501],
    ['UNIX.mode=600;UNIX.atime=20011301000000;', 501],
    ['UNIX.mode=600;UNIX.uid=-1;', 501],
    ['UNIX.mode=600;UNIX.uid=4294967295;', 501],
    ['UNIX.mode=600;UNIX.gid=staff;', 501],
    ['modify=20010101000000;UNIX.mode=9;', 501],
    ['modify=20010101000000;UNIX.mode=;', 501],
  ])('%s', async (facts, code) => {
    await using session = await PosixSession.open()
    await writeFile(session.path('f'), '')
    const before = await lstat(session.path('f'), { bigint: true })
    expect(await session.say(`MFF ${facts} f`)).toMatch(new RegExp(`^${code} `))
    expect(await lstat(session.path('f'), { bigint: true })).toEqual(before)
  })

  test('a path that leads nowhere or out', async () => {
    await using session = await PosixSession.open()
    await symlink('..', session.path('parent'))
    await writeFile(session.server.outside('secret'), '')
    for (const fact of ['modify=now', 'UNIX.mode=777', `UNIX.uid=${process.geteuid!()}`]) {
      expect(await session.errno(`MFF ${fact}; gone`)).toBe(2)
      expect(await session.errno(`MFF ${fact}; ${'n'.repeat(256)}`)).toBe(36)
      expect(await session.say(`MFF ${fact}; ../secret`)).toMatch(/^534 /)
      expect(await session.say(`MFF ${fact}; parent/secret`)).toMatch(/^534 /)
    }
  })
})
