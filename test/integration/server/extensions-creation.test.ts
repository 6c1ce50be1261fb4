/** SITE CREATE, MKDIR, MKNOD: exactly the mode and the owner asked for. */

import { chown, chmod, lstat, mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { PosixSession } from '../../support/posix-session.ts'

const makers = [
  ['CREATE', 0o100000],
  ['MKDIR', 0o040000],
  ['MKNOD fifo', 0o010000],
  ['MKNOD socket', 0o140000],
] as const

const umask = process.umask()
afterEach(() => process.umask(umask))

describe.each(makers)('SITE %s', (command, type) => {
  test.each(['0', '7', '600', '777', '1777', '2755', '4711', '7000'])(
    'makes mode %s, whatever the umask',
    async (mode) => {
      await using session = await PosixSession.open()
      process.umask(0o077)
      expect(await session.say(`SITE ${command} ${mode} new`)).toBe('200 Created')
      const stats = await lstat(session.path('new'))
      expect(stats.mode).toBe(type | Number.parseInt(mode, 8))
      expect([stats.uid, stats.gid]).toEqual([process.geteuid!(), process.getegid!()])
      expect((await session.facts('new')).get('unix.mode')).toBe(stats.mode.toString(8))
    },
  )

  test('says why it cannot', async () => {
    await using session = await PosixSession.open()
    await writeFile(session.path('file'), 'kept')
    await symlink('nowhere', session.path('dangling'))
    await symlink('../made', session.path('out'))
    await symlink('..', session.path('parent'))
    await symlink('loop', session.path('loop'))
    const make = `SITE ${command} 644`
    expect(await session.errno(`${make} file`)).toBe(17)
    expect(await session.errno(`${make} dangling`)).toBe(17)
    expect(await session.errno(`${make} out`)).toBe(17)
    expect(await session.errno(`${make} no/such`)).toBe(2)
    expect(await session.errno(`${make} file/x`)).toBe(20)
    expect(await session.errno(`${make} loop/x`)).toBe(40)
    expect(await session.errno(`${make} ${'n'.repeat(256)}`)).toBe(36)
    expect(await session.say(`${make} parent/made`)).toMatch(/^534 .*Forbidden/)
    expect(await session.say(`${make} ../made`)).toMatch(/^534 .*Forbidden/)
    expect(await session.say(`${make} .`)).toMatch(/^534 .*Forbidden/)
    expect(await readdir(session.server.outside('.'))).toEqual(['base'])
  })

  test.each([
    '',
    ' 644',
    ' 644 ',
    ' 644 a b',
    ' 888 a',
    ' 10000 a',
    ' 644:1 a',
    ' 644:1: a',
    ' 644:a:b a',
    ' 644:4294967295:0 a',
    ' -1 a',
  ])('with arguments "%s" is a syntax error', async (rest) => {
    await using session = await PosixSession.open()
    expect(await session.say(`SITE ${command}${rest}`)).toMatch(/^501 /)
    expect(await readdir(session.server.base)).toEqual([])
  })
})

test('only FIFOs and sockets are nodes', async () => {
  await using session = await PosixSession.open()
  expect(await session.say('SITE MKNOD char 644 a')).toMatch(/^501 /)
})

describe.runIf(process.geteuid!() === 0).each(makers)('SITE %s for somebody', (command, type) => {
  test('gives the file away, set-ID bits included', async () => {
    await using session = await PosixSession.open()
    expect(await session.say(`SITE ${command} 6755:1234:5678 new`)).toBe('200 Created')
    const { uid, gid, mode } = await lstat(session.path('new'))
    expect([uid, gid, mode]).toEqual([1234, 5678, type | 0o6755])
  })

  test('leaves the group to a set-group-ID directory', async () => {
    await using session = await PosixSession.open()
    await mkdir(session.path('shared'))
    await chown(session.path('shared'), 1, 4321)
    await chmod(session.path('shared'), 0o2775)
    expect(await session.say(`SITE ${command} 750:1234:5678 shared/new`)).toBe('200 Created')
    expect(await session.say(`SITE ${command} 750 shared/own`)).toBe('200 Created')
    const given = await lstat(session.path('shared/new'))
    const own = await lstat(session.path('shared/own'))
    expect([given.uid, given.gid, own.uid, own.gid]).toEqual([1234, 4321, 0, 4321])
    // Directories hand the bit on, as mkdir(2).
    const bits = command === 'MKDIR' ? 0o2750 : 0o750
    expect([given.mode & 0o7777, own.mode & 0o7777]).toEqual([bits, bits])
  })
})
