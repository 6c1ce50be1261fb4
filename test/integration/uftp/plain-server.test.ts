/** What is left where a server offers none or some of the extensions. */

import { randomBytes } from 'node:crypto'
import { existsSync, lstatSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { UftpRemote } from '../../../src/uftp/remote.ts'
import { BufferSink } from '../../support/uftp/buffer-sink.ts'
import { RelayedRemote } from '../../support/uftp/relayed-remote.ts'

let relayed: RelayedRemote
const path = (name: string): string => relayed.server.path(name)
const everything = /^ (SITE|PATH-ESCAPE|REPLY-FACTS|WHOLE-REPLIES|MLST .*;|MFF .*UNIX)/

beforeEach(async () => {
  relayed = await RelayedRemote.start()
})

afterEach(async () => {
  await relayed[Symbol.asyncDispose]()
})

describe('without any extension', () => {
  beforeEach(() => relayed.hide(everything))

  test('there are no capabilities', async () => {
    const remote = await relayed.connect()
    expect([...remote.capabilities]).toEqual([])
    expect(remote.identity).toBeUndefined()
  })

  test('what can be done otherwise works', async () => {
    const remote = await relayed.connect()
    expect(await remote.create('/file', 0o640)).toMatchObject({ mode: 0o640, size: 0 })
    expect(await remote.makeDirectory('/directory', 0o750)).toMatchObject({ mode: 0o750 })
    await remote.write('/file', 0, [Buffer.from('content')])
    await remote.truncate('/file', 4)
    expect(readFileSync(path('file'), 'utf8')).toBe('cont')
    const mtimeNs = 1_700_000_000_000_000_000n
    expect(await remote.setAttributes('/file', { mtimeNs: mtimeNs + 5n })).toMatchObject({
      mtimeNs,
    })
    const { mtimeNs: now } = await remote.setAttributes('/file', { mtimeNs: 'now' })
    expect(now).toBe(BigInt(Math.floor(lstatSync(path('file')).mtimeMs / 1000)) * 1_000_000_000n)
    expect(now).toBeGreaterThan(mtimeNs)
    await remote.rename('/file', '/moved', 'exclusive')
    await expect(remote.rename('/moved', '/directory', 'exclusive')).rejects.toMatchObject({
      code: 'EEXIST',
    })
    symlinkSync('moved', path('link'))
    expect(await remote.stat('/link')).toMatchObject({ type: 'file', size: 4 })
  })

  test('files are cut and extended', async () => {
    const remote = await relayed.connect()
    const content = randomBytes(10 * 2 ** 20)
    writeFileSync(path('file'), content, { mode: 0o604 })
    for (const size of [content.length + 5, 9 * 2 ** 20, 1_000_000, 1_000_000, 0, 3]) {
      await remote.truncate('/file', size)
      const expected = Buffer.alloc(size)
      if (size > 3) content.copy(expected)
      expect(readFileSync(path('file')).equals(expected)).toBe(true)
    }
    expect(lstatSync(path('file')).mode & 0o777).toBe(0o604)
    expect((await remote.list('/')).map(({ name }) => name)).toEqual(['file'])
  })

  test.each([
    ['STOR', (remote: UftpRemote) => remote.create('/new', 0o600)],
    ['MKD', (remote: UftpRemote) => remote.makeDirectory('/new', 0o700)],
    ['RNTO', (remote: UftpRemote) => remote.rename('/old', '/new', 'replace')],
    ['RNTO', (remote: UftpRemote) => remote.rename('/old', '/new', 'exclusive')],
  ])('a lost reply to %s is no failure', async (command, change) => {
    const remote = await relayed.connect({ sessions: 1 })
    writeFileSync(path('old'), '')
    const isLost = relayed.loseReplyTo(new RegExp(`^${command} `, 'm'))
    await change(remote)
    expect(isLost()).toBe(true)
    expect(existsSync(path('new'))).toBe(true)
  })

  test.each([
    ['makeSymlink', 'EPERM'],
    ['makeNode', 'EPERM'],
    ['link', 'EPERM'],
    ['chown', 'EPERM'],
    ['exchange', 'EINVAL'],
    ['utimens', 'EOPNOTSUPP'],
    ['statistics', 'EOPNOTSUPP'],
    ['sync', 'EOPNOTSUPP'],
    ['copy', 'EOPNOTSUPP'],
  ] as const)('%s is %s', async (verb, code) => {
    const remote = await relayed.connect()
    writeFileSync(path('file'), 'content')
    const work = {
      makeSymlink: () => remote.makeSymlink('/new', 'file'),
      makeNode: () => remote.makeNode('/new', 'fifo', 0o600),
      link: () => remote.link('/file', '/new'),
      chown: () => remote.setAttributes('/file', { uid: 1 }),
      exchange: () => remote.rename('/file', '/new', 'exchange'),
      utimens: () => remote.setAttributes('/file', { atimeNs: 0n }),
      statistics: () => remote.statistics('/'),
      sync: () => remote.sync('/file'),
      copy: () => remote.copy('/file', { start: 0, end: 1 }, '/file', 5),
    }[verb]
    await expect(work()).rejects.toMatchObject({ code })
    expect((await remote.list('/')).map(({ name }) => name)).toEqual(['file'])
  })
})

test.each([
  [/^ PATH-ESCAPE/, ['PATH-ESCAPE']],
  [/^ REPLY-FACTS/, ['REPLY-FACTS', 'STORE']],
  [/^ SITE/, ['SITE']],
  [/^ SITE (LIST|RETRIEVE|STORE)/, ['SITE LIST', 'RETRIEVE', 'STORE']],
  [/^ MLST /, ['OPTS MLST', 'PATH-ESCAPE', 'REPLY-FACTS']],
])('a server without %s is not asked for it', async (feature, commands) => {
  relayed.hide(feature)
  const packets = await relayed.packetsOf(async () => {
    const remote = await relayed.connect()
    await remote.create('/a b', 0o604)
    expect(await remote.stat('/a b')).toMatchObject({ mode: 0o604 })
    await remote.setAttributes('/a b', { mode: 0o600 })
    expect(await remote.write('/a b', 1, [Buffer.from('xy')])).toMatchObject({ size: 3 })
    const sink = new BufferSink(2)
    await remote.read('/a b', { start: 1, end: 3 }, sink)
    expect(sink.bytes.toString()).toBe('xy')
    expect((await remote.list('/')).map(({ name }) => name)).toEqual(['a b'])
  })
  for (const one of commands) expect(packets.join('\n')).not.toContain(one)
})

describe('a server that changes while it is mounted', () => {
  test('and offers less is not used on', async () => {
    const remote = await relayed.connect()
    relayed.hide(/^ SITE LINK/)
    relayed.proxy.cut()
    await expect(remote.stat('/')).rejects.toMatchObject({
      code: 'EIO',
      message: expect.stringContaining('offers less') as string,
    })
  })

  test('and offers more is used as before', async () => {
    relayed.hide(everything)
    const remote = await relayed.connect()
    writeFileSync(path('a b'), '')
    symlinkSync('a b', path('link'))
    relayed.hide(/^nothing/)
    const packets = await relayed.packetsOf(async () => {
      relayed.proxy.cut()
      expect(await remote.stat('/link')).toMatchObject({ type: 'file' })
      await remote.setAttributes('/a b', { mode: 0o600 })
    })
    expect(packets.join('\n')).not.toMatch(/SITE|OPTS/)
  })
})
