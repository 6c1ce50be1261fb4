/** What a server with the extensions of docs/PROTOCOL.md §10 can do more, and in how many packets. */

import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { UftpRemote } from '../../../src/uftp/remote.ts'
import { BufferSink } from '../../support/uftp/buffer-sink.ts'
import { RelayedRemote } from '../../support/uftp/relayed-remote.ts'

let relayed: RelayedRemote
let remote: UftpRemote
const path = (name: string): string => relayed.server.path(name)
const self = { uid: process.getuid!(), gid: process.getgid!() }

beforeAll(async () => {
  relayed = await RelayedRemote.start()
  remote = await relayed.connect({ sessions: 1 })
})

afterAll(async () => {
  await relayed[Symbol.asyncDispose]()
})

test('all capabilities are there', () => {
  expect(remote.identity).toEqual(self)
  expect([...remote.capabilities].toSorted()).toEqual(
    [
      'access-times',
      'birth-times',
      'change-times',
      'copies',
      'exchange',
      'exclusive-rename',
      ...(self.uid === 0 ? ['giving'] : []),
      'links',
      'nodes',
      'owners',
      'statistics',
      'sync',
      'truncation',
    ].toSorted(),
  )
})

test('they are negotiated without a further packet', async () => {
  const packets = await relayed.packetsOf(() => relayed.connect({ sessions: 1 }))
  expect(packets.map((packet) => packet.replaceAll(/ .*/g, ''))).toEqual([
    'USER',
    'PASS',
    'FEAT\nKEEP-ALIVE',
    'OPTS\nOPTS\nOPTS\nSITE',
    'CWD\nPWD',
    'STAT\nMLST',
  ])
})

test.each(['base', 'absolute directory', 'relative directory'])(
  'a link to a directory can be mounted: %s',
  async (how) => {
    const { server } = relayed
    mkdirSync(path(`real for ${how}`))
    symlinkSync(`real for ${how}`, path(`first to ${how}`))
    const link = `link to ${how}`
    symlinkSync(path(`first to ${how}`), path(link))
    writeFileSync(path(`${link}/file`), '')
    const options = {
      base: { base: path(link), signOn: () => server.ticket(path(link)) },
      'absolute directory': { directory: path(link) },
      'relative directory': { directory: link },
    }[how]
    const mounted = await server.connect(options)
    expect(await mounted.stat('/')).toMatchObject({ type: 'directory' })
    expect((await mounted.list('/')).map(({ name }) => name)).toEqual(['file'])
  },
)

describe('new entries', () => {
  test.each(['file', 'directory', 'fifo', 'socket'] as const)('a %s', async (type) => {
    for (const mode of [0o000, 0o640, 0o4751, 0o1777]) {
      const name = `new ${type} ${mode}`
      const make = {
        file: () => remote.create(`/${name}`, mode),
        directory: () => remote.makeDirectory(`/${name}`, mode),
        fifo: () => remote.makeNode(`/${name}`, 'fifo', mode),
        socket: () => remote.makeNode(`/${name}`, 'socket', mode),
      }[type]
      const attributes = await make()
      expect(attributes).toMatchObject({ type, mode, ...self })
      expect(await remote.stat(`/${name}`)).toEqual(attributes)
      await expect(make()).rejects.toMatchObject({ code: 'EEXIST' })
    }
  })

  test('belong to whom they are given', async ({ skip }) => {
    skip(self.uid !== 0, 'impossible: only the superuser gives files away')
    const owner = { uid: 12_345, gid: 54_321 }
    expect(await remote.create('/given', 0o600, owner)).toMatchObject(owner)
    expect(await remote.makeDirectory('/given directory', 0o700, owner)).toMatchObject(owner)
    expect(await remote.makeNode('/given fifo', 'fifo', 0o600, owner)).toMatchObject(owner)
    expect(await remote.makeSymlink('/given link', 'x', owner)).toMatchObject(owner)
    expect(lstatSync(path('given link'))).toMatchObject(owner)
    mkdirSync(path('group'), { mode: 0o777 })
    chownSync(path('group'), 0, 77)
    chmodSync(path('group'), 0o2777)
    const inherited = { uid: owner.uid, gid: 77 }
    expect(await remote.makeSymlink('/group/link', 'x', owner)).toMatchObject(inherited)
    expect(await remote.create('/group/file', 0o600, owner)).toMatchObject(inherited)
    await remote.setAttributes('/given link', { gid: 1 })
    expect(await remote.stat('/given link')).toMatchObject({ uid: owner.uid, gid: 1 })
  })

  test('of one name are made by one of many clients', async () => {
    const other = await relayed.connect()
    for (let round = 0; round < 20; round++) {
      const results = await Promise.allSettled(
        [remote, other, remote, other].map((one) => one.create(`/race ${round}`, 0o600)),
      )
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      expect(results.flatMap((one) => (one.status === 'rejected' ? one.reason : []))).toEqual(
        Array.from({ length: 3 }, () => expect.objectContaining({ code: 'EEXIST' })),
      )
    }
  })
})

describe('links', () => {
  test.each(['nowhere', 'a b;c=d %41', 'line\nfeed', '/abs olute ', '\udcff'])(
    'to %j are made and seen, dangling or not',
    async (target) => {
      const name = `link ${Buffer.from(target).toString('hex')}`
      const attributes = await remote.makeSymlink(`/${name}`, target)
      expect(attributes).toMatchObject({ type: 'symlink', linkTarget: target, nlink: 1 })
      expect(readlinkSync(path(name), 'buffer').toString('latin1')).toBe(
        target === '\udcff' ? '\u00ff' : target,
      )
      const listed = (await remote.list('/')).find((entry) => entry.name === name)
      expect(listed?.attributes).toMatchObject({ type: 'symlink', linkTarget: target })
    },
  )

  test('are known as one file', async () => {
    await remote.create('/one', 0o600)
    const two = await remote.link('/one', '/two')
    const one = await remote.stat('/one')
    expect(one).toMatchObject({ nlink: 2, fileId: two.fileId })
    await remote.create('/three', 0o600)
    expect((await remote.stat('/three')).fileId).not.toBe(one.fileId)
    await expect(remote.link('/one', '/three')).rejects.toMatchObject({ code: 'EEXIST' })
    await remote.removeFile('/one')
    expect(await remote.stat('/two')).toMatchObject({ nlink: 1, fileId: one.fileId })
  })

  test('are removed and renamed, not what they lead to', async () => {
    mkdirSync(path('led to'))
    symlinkSync('led to', path('leading'))
    await remote.rename('/leading', '/leads', 'replace')
    await remote.removeFile('/leads')
    expect(await remote.stat('/led to')).toMatchObject({ type: 'directory' })
  })
})

test.each<[string, () => Promise<unknown>]>([
  ['stat', () => remote.stat('/p')],
  ['create', () => remote.create('/p1', 0o604)],
  ['makeDirectory', () => remote.makeDirectory('/p2', 0o705)],
  ['makeNode', () => remote.makeNode('/p3', 'fifo', 0o604)],
  ['makeSymlink', () => remote.makeSymlink('/p4', 'p')],
  ['makeSymlink for somebody', () => remote.makeSymlink('/p8', 'p', self)],
  ['link', () => remote.link('/p', '/p5')],
  ['rename', () => remote.rename('/p1', '/p6', 'replace')],
  ['exclusive rename', () => remote.rename('/p6', '/p7', 'exclusive')],
  ['chmod', () => remote.setAttributes('/p', { mode: 0o640 })],
  ['chown', () => remote.setAttributes('/p', self)],
  ['utimens', () => remote.setAttributes('/p', { mtimeNs: 7n, atimeNs: 8n })],
  ['truncate', () => remote.truncate('/p', 7)],
  ['statistics', () => remote.statistics('/p')],
  ['sync', () => remote.sync('/p')],
  ['copy', () => remote.copy('/p', { start: 0, end: 3 }, '/p', 4)],
  ['removeFile', () => remote.removeFile('/p')],
])('%s is one packet', async (_, work) => {
  writeFileSync(path('p'), 'x', { flag: 'a' })
  expect(await relayed.packetsOf(work)).toHaveLength(1)
})

test('a read tells which file has been opened, whatever was put in its place meanwhile', async () => {
  writeFileSync(path('read'), 'old')
  const { fileId } = await remote.stat('/read')
  writeFileSync(path('another'), 'another')
  renameSync(path('another'), path('read'))
  const sink = new BufferSink(7)
  await remote.read('/read', { start: 0, end: 7 }, sink)
  const { size, mtimeNs, fileId: opened } = await remote.stat('/read')
  expect(sink.files).toEqual([{ size, mtimeNs, fileId: opened }])
  expect(opened).not.toBe(fileId)
})

test('a short listing is one packet and keeps the data connection, a long one does not', async () => {
  const names = Array.from({ length: 600 }, (_, index) => `entry ${index}`)
  mkdirSync(path('short'))
  mkdirSync(path('long'))
  for (const name of names) writeFileSync(path(`long/${name}`), '')
  for (const name of names.slice(0, 20)) writeFileSync(path(`short/${name}`), '12')
  await remote.prepareTransfers()
  const packets = await relayed.packetsOf(async () => {
    for (const [directory, count] of [
      ['/short', 20],
      ['/short', 20],
      ['/long', 600],
    ] as const) {
      const entries = await remote.list(directory)
      expect(entries.map(({ name }) => name).toSorted()).toEqual(names.slice(0, count).toSorted())
    }
    expect((await remote.list('/short'))[0]).toEqual({
      name: expect.any(String) as string,
      attributes: expect.objectContaining({ type: 'file', size: 2, nlink: 1 }) as object,
    })
  })
  expect(packets.map((packet) => packet.replaceAll(/ \/.*/g, ''))).toEqual([
    'SITE LIST',
    'SITE LIST',
    'SITE LIST',
    'EPSV\nSITE LIST',
  ])
})
