/** stat and list against a real server; the directory behind it is the oracle. */

import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  type BigIntStats,
} from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../../src/support/clock.ts'
import type { LogFields, Logger } from '../../../src/support/logger.ts'
import { silentLogger } from '../../../src/support/logger.ts'
import type { UftpRemote } from '../../../src/uftp/remote.ts'
import type { RemoteAttributes } from '../../../src/vfs/attributes.ts'
import { RemoteServer } from '../../support/uftp/remote-server.ts'

let server: RemoteServer
let remote: UftpRemote

beforeAll(async () => {
  server = await RemoteServer.start()
  remote = await server.connect()
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

function localAttributes(path: string): Omit<RemoteAttributes, 'access'> {
  const stat = lstatSync(path, { bigint: true })
  const fraction = stat.mtimeNs % server.timeGranularityNs
  return {
    type: typeOf(stat),
    size: Number(stat.size),
    mode: Number(stat.mode) & 0o7777,
    mtimeNs: server.name === 'ours' ? stat.mtimeNs : stat.mtimeNs - fraction,
    // 0: this file system does not know it.
    ...(remote.capabilities.has('birth-times') &&
      stat.birthtimeNs > 0n && { birthTimeNs: stat.birthtimeNs }),
    ...(remote.capabilities.has('links') && {
      atimeNs: stat.atimeNs,
      ctimeNs: stat.ctimeNs,
      nlink: Number(stat.nlink),
      uid: Number(stat.uid),
      gid: Number(stat.gid),
      fileId: `${stat.dev}:${stat.ino}`,
    }),
    // Asking for the target is an access.
    ...(stat.isSymbolicLink() && {
      linkTarget: readlinkSync(path),
      atimeNs: expect.any(BigInt) as bigint,
    }),
  }
}

function typeOf(stat: BigIntStats): RemoteAttributes['type'] {
  if (stat.isSymbolicLink()) return 'symlink'
  return stat.isDirectory() ? 'directory' : stat.isFIFO() ? 'fifo' : 'file'
}

const oddNames = [
  'inner space',
  ' leading',
  'trailing ',
  'both  ',
  '  ',
  'tab\tinside',
  'quote"inside',
  "apostrophe'inside",
  'back\\slash',
  'ünïcödé',
  '日本語',
  'emoji😀',
  'nbsp\u00a0',
  '-rf',
  '*',
  '$HOME;`x`',
  'a;size=7;type=dir; b',
  '%41',
  '.hidden',
  '~',
  '🎉 party .txt',
]

/** Names that look like lines of a reply or of a listing. */
const forgeries = [
  'x\n -rw- 1 1795213845000 forged',
  'y\nsize=1;modify=20261120223045;type=file;perm=rw;UNIX.mode=100644; forged',
  'z\n -rw- 1 1795213845000 forged\nsize=1;modify=20261120223045;type=file; forged',
  'a\n211 End of file list',
  'b\n211 End of file list\n250 End\n200 OK\n500 no',
  'c\n226 File transfer successful',
  'good\r',
  'cr\rinside',
  'ends\n',
]

describe('stat', () => {
  test('tells the root', async () => {
    expect(await remote.stat('/')).toMatchObject({ type: 'directory', mode: 0o755 })
  })

  test('tells type, size, mode and exact time', async () => {
    const path = server.path('plain')
    writeFileSync(path, 'x'.repeat(12345))
    chmodSync(path, 0o4751)
    for (const time of [0, 1, 951782400, 1700000000, 1719835200, 1793520000, 4000000000]) {
      utimesSync(path, time, time)
      expect(await remote.stat('/plain')).toMatchObject(localAttributes(path))
    }
  })

  test('tells birth times where the server can', async () => {
    writeFileSync(server.path('born'), '')
    expect(remote.capabilities.has('birth-times')).toBe(server.name === 'ours')
    const { birthTimeNs } = await remote.stat('/born')
    expect(birthTimeNs).toBe(localAttributes(server.path('born')).birthTimeNs)
  })

  test('tells a directory and a FIFO', async () => {
    mkdirSync(server.path('dir'), { mode: 0o700 })
    execFileSync('mkfifo', [server.path('fifo')])
    expect(await remote.stat('/dir')).toMatchObject(localAttributes(server.path('dir')))
    expect(await remote.stat('/fifo')).toMatchObject(localAttributes(server.path('fifo')))
  })

  test('and list of a file whose time needs five digits of a year, or a minus', async () => {
    mkdirSync(server.path('ages'))
    for (const [name, date] of [
      ['future', '@300000000000'],
      ['past', '@-70000000000'],
    ]) {
      execFileSync('touch', ['-d', date!, server.path(`ages/${name}`)])
      expect(await remote.stat(`/ages/${name}`)).toMatchObject({
        mtimeNs: localAttributes(server.path(`ages/${name}`)).mtimeNs,
      })
    }
    expect((await remote.list('/ages')).map(({ name }) => name).toSorted()).toEqual([
      'future',
      'past',
    ])
  })

  test('of a file larger than 4 GiB', async () => {
    writeFileSync(server.path('huge'), '')
    execFileSync('truncate', ['-s', '5000000000', server.path('huge')])
    expect((await remote.stat('/huge')).size).toBe(5_000_000_000)
  })

  test.each(['/missing', '/missing/below', '/plain-not/x'])('%s is ENOENT', async (path) => {
    await expect(remote.stat(path)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test.each([
    ['/line\nfeed', 'EILSEQ'],
    ['/carriage\rreturn', 'EILSEQ'],
    ['/bad\udcff', 'EILSEQ'],
    ['/nul\0', 'EINVAL'],
    [`/${'long/'.repeat(2000)}`, 'ENAMETOOLONG'],
  ])('%j is refused here and the session lives on', async (path, code) => {
    const canBeSent = code === 'EILSEQ' && server.name === 'ours'
    const expected = canBeSent ? 'ENOENT' : code
    await expect(remote.stat(path)).rejects.toMatchObject({ code: expected })
    await remote.stat('/')
  })

  test('takes far less than a delayed acknowledgement', async () => {
    const times: number[] = []
    for (let index = 0; index < 50; index++) {
      const start = performance.now()
      await remote.stat('/plain')
      times.push(performance.now() - start)
    }
    expect(times.toSorted((a, b) => a - b)[25]).toBeLessThan(15)
  })

  test('of a thousand files at once', async () => {
    const results = await Promise.all(
      Array.from({ length: 1000 }, (_, index) =>
        remote.stat(index % 2 === 0 ? '/plain' : '/missing').catch(() => undefined),
      ),
    )
    expect(results.filter((result) => result?.size === 12345)).toHaveLength(500)
  })
})

describe('list', () => {
  test('tells every entry as stat does, whatever its name', async () => {
    const directory = server.path('odd names ')
    mkdirSync(directory)
    for (const [index, name] of oddNames.entries()) {
      if (index % 5 === 0) mkdirSync(`${directory}/${name}`)
      else writeFileSync(`${directory}/${name}`, 'x'.repeat(index))
    }
    const entries = await remote.list('/odd names ')
    expect(entries.map(({ name }) => name).toSorted()).toEqual(oddNames.toSorted())
    for (const { name, attributes } of entries) {
      expect(attributes).toMatchObject(localAttributes(`${directory}/${name}`))
      expect(await remote.stat(`/odd names /${name}`)).toEqual(attributes)
    }
  })

  test('of an empty directory', async () => {
    mkdirSync(server.path('empty'))
    expect(await remote.list('/empty')).toEqual([])
  })

  test('is not fooled by names; those that cannot be sent are left out', async () => {
    const warnings: LogFields[] = []
    const log: Logger = {
      ...silentLogger,
      child: () => log,
      warn: (_message, fields) => void warnings.push(fields ?? {}),
    }
    await using careful = await server.connect({ log, clock: systemClock })
    const directory = server.path('forged')
    mkdirSync(directory)
    const good = ['first', 'good', 'x', 'zlast']
    for (const name of [...good, ...forgeries]) writeFileSync(`${directory}/${name}`, name)
    symlinkSync('nowhere', `${directory}/dangling`)
    const told = server.name === 'ours' ? [...good, ...forgeries, 'dangling'] : good
    for (let round = 0; round < 2; round++) {
      const entries = await careful.list('/forged')
      expect(entries.map(({ name }) => name).toSorted()).toEqual(told.toSorted())
      for (const { name, attributes } of entries) {
        expect(attributes).toMatchObject(localAttributes(`${directory}/${name}`))
      }
    }
    expect(warnings.length).toBeLessThanOrEqual(server.name === 'ours' ? 0 : 1)
    expect(await careful.stat('/forged/good')).toMatchObject({ size: 4 })
  })

  test('of a file is ENOTDIR, of nothing ENOENT', async () => {
    writeFileSync(server.path('file'), '')
    await expect(remote.list('/file')).rejects.toMatchObject({ code: 'ENOTDIR' })
    await expect(remote.list('/nothing')).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('of an unreadable directory is EACCES', async ({ skip }) => {
    skip(server.runsAsRoot, 'impossible: the session may read everything')
    mkdirSync(server.path('closed'), { mode: 0o700 })
    await expect(remote.list('/closed')).rejects.toMatchObject({ code: 'EACCES' })
  })

  test('of 5000 entries, with other questions meanwhile', async () => {
    const directory = server.path('many')
    mkdirSync(directory)
    for (let index = 0; index < 5000; index++) writeFileSync(`${directory}/file ${index}`, '')
    const [[entries, again]] = await Promise.all([
      Promise.all([remote.list('/many'), remote.list('/many')]),
      ...Array.from({ length: 100 }, (_, index) => remote.stat(`/many/file ${index}`)),
      remote.stat('/missing').catch(() => {}),
    ])
    expect(new Set(entries.map(({ name }) => name)).size).toBe(5000)
    expect(again).toHaveLength(5000)
  })
})
