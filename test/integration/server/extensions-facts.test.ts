/** The facts of POSIX files, and links as themselves. */

import { link, lstat, mkdir, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { parseFactLine, parseTimeValue } from '../../../src/uftp/wire/facts.ts'
import { PosixSession } from '../../support/posix-session.ts'

test('tell what lstat(2) tells', async () => {
  await using session = await PosixSession.open()
  await writeFile(session.path('f'), 'four')
  await link(session.path('f'), session.path('g'))
  await utimes(session.path('f'), 1_000_000_000, 1_100_000_000)
  const stats = await lstat(session.path('f'), { bigint: true })
  const facts = await session.facts('f')
  expect(facts.get('unique')).toBe(`${stats.dev}:${stats.ino}`)
  expect(facts.get('unix.nlink')).toBe('2')
  expect(facts.get('unix.uid')).toBe(String(stats.uid))
  expect(facts.get('unix.gid')).toBe(String(stats.gid))
  expect(facts.get('unix.atime')).toBe('20010909014640')
  expect(parseTimeValue(facts.get('unix.ctime')!)).toBe(stats.ctimeNs)
  expect(facts.has('unix.slink')).toBe(false)
  expect((await session.facts('g')).get('unique')).toBe(facts.get('unique'))
})

test('a link is itself in MLST and MLSD, wherever it leads', async () => {
  await using session = await PosixSession.open()
  await mkdir(session.path('d'))
  await writeFile(session.server.outside('secret'), 'secret')
  const targets = { dangling: 'no such;file', loop: 'loop', out: '../secret', dir: 'd' }
  for (const [name, target] of Object.entries(targets)) await symlink(target, session.path(name))
  const { data } = await session.client.fetch('MLSD')
  const lines = data
    .toString()
    .trimEnd()
    .split('\r\n')
    .map((line) => parseFactLine(line)!)
  const told = Object.fromEntries(
    lines
      .filter(({ facts }) => facts.get('type') === 'OS.unix=slink')
      .map(({ name, facts }) => [name, decodeURIComponent(facts.get('unix.slink')!)]),
  )
  expect(told).toEqual(targets)
  for (const name of Object.keys(targets)) {
    const facts = await session.facts(name)
    const stats = await lstat(session.path(name), { bigint: true })
    expect(facts.get('type')).toBe('OS.unix=slink')
    expect(facts.get('unix.mode')).toBe('120777')
    expect(facts.get('unique')).toBe(`${stats.dev}:${stats.ino}`)
    expect(facts.get('size')).toBe(String(stats.size))
  }
  expect(await session.say('MLSD dir')).toMatch(/^550 /)
  expect((await session.facts('dir/.')).get('type')).toBe('OS.unix=slink')
})

test('links on the way are followed, within the base', async () => {
  await using session = await PosixSession.open()
  await mkdir(session.path('d'))
  await symlink('end', session.path('d/link'))
  await symlink('d', session.path('way'))
  await symlink('..', session.path('out'))
  expect((await session.facts('way/link')).get('unix.slink')).toBe('end')
  expect(await session.say('MLST out/base')).toMatch(/^534 .*Forbidden/)
  await symlink('loop', session.path('loop'))
  expect(await session.errno('MLST loop/x')).toBe(40)
  expect(await session.errno(`MLST ${'n'.repeat(256)}`)).toBe(36)
  expect(await session.say('MLST missing')).toMatch(/^550 .*does not exist/)
})

test('the base directory is told as what it is', async () => {
  await using session = await PosixSession.open()
  const stats = await stat(session.server.base, { bigint: true })
  const facts = await session.facts('.')
  expect(facts.get('type')).toBe('dir')
  expect(facts.get('unique')).toBe(`${stats.dev}:${stats.ino}`)
})

test('a session that does not select UNIX.slink follows links', async () => {
  await using session = await PosixSession.open()
  await writeFile(session.path('f'), '')
  await symlink('f', session.path('good'))
  await symlink('gone', session.path('dangling'))
  await session.client.command('OPTS MLST type;unique;')
  const unique = (await session.facts('f')).get('unique')
  expect(await session.facts('good')).toEqual(
    new Map([
      ['type', 'file'],
      ['unique', unique],
    ]),
  )
  expect(await session.say('MLST dangling')).toMatch(/^550 .*does not exist/)
  expect((await session.client.fetch('MLSD')).data.toString()).not.toContain('dangling')
})
