/** Changes that were carried out although their reply was lost: the repetition finds them done. */

import { existsSync, linkSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { UftpRemote } from '../../../src/uftp/remote.ts'
import { BufferSink } from '../../support/uftp/buffer-sink.ts'
import { RelayedRemote } from '../../support/uftp/relayed-remote.ts'

let relayed: RelayedRemote
let remote: UftpRemote
const path = (name: string): string => relayed.server.path(name)

beforeEach(async () => {
  relayed = await RelayedRemote.start()
  remote = await relayed.connect({ sessions: 1 })
  writeFileSync(path('a'), 'a')
  writeFileSync(path('b'), 'b')
})

afterEach(async () => {
  await relayed[Symbol.asyncDispose]()
})

/** Cuts once before what matches; meanwhile somebody else does `work`. */
function loseCommand(pattern: RegExp, work: () => void): () => boolean {
  let isLost = false
  relayed.proxy.onClientData = (text) => {
    if (isLost || !pattern.test(text)) return true
    isLost = true
    work()
    return false
  }
  return () => isLost
}

describe('a lost reply to', () => {
  const changes: Readonly<Record<string, readonly [() => Promise<unknown>, () => unknown]>> = {
    CREATE: [() => remote.create('/new', 0o600), () => existsSync(path('new'))],
    MKDIR: [() => remote.makeDirectory('/new', 0o700), () => existsSync(path('new'))],
    MKNOD: [() => remote.makeNode('/new', 'fifo', 0o600), () => existsSync(path('new'))],
    SYMLINK: [() => remote.makeSymlink('/new', 'a'), () => existsSync(path('new'))],
    LINK: [() => remote.link('/a', '/new'), () => existsSync(path('new'))],
    'RENAME -': [() => remote.rename('/a', '/b', 'replace'), () => content('b') === 'a'],
    'RENAME N': [() => remote.rename('/a', '/new', 'exclusive'), () => content('new') === 'a'],
    'RENAME E': [() => remote.rename('/a', '/b', 'exchange'), () => content('a') === 'b'],
    DELE: [() => remote.removeFile('/a'), () => !existsSync(path('a'))],
    'MFF m': [() => remote.setAttributes('/a', { mtimeNs: 1n }), () => true],
    STORE: [
      () => remote.writeLast('/a', 0, [Buffer.from('new')], { mode: 0o600, mtimeNs: 1n }),
      () => content('a') === 'new' && statSync(path('a'), { bigint: true }).mtimeNs === 1n,
    ],
    TRUNCATE: [() => remote.truncate('/a', 3), () => content('a').length === 3],
    COPY: [() => remote.copy('/a', { start: 0, end: 1 }, '/b', 1), () => content('b') === 'ba'],
    FSYNC: [() => remote.sync('/a'), () => true],
  }

  test.each(Object.keys(changes))('%s', async (command) => {
    const [change, isDone] = changes[command]!
    const isLost = relayed.loseReplyTo(new RegExp(command))
    await change()
    expect(isLost()).toBe(true)
    expect(isDone()).toBe(true)
  })
})

function content(name: string): string {
  return readFileSync(path(name), 'utf8')
}

describe('a repetition does not take for its own', () => {
  test.each<[string, RegExp, () => void, () => Promise<unknown>]>([
    [
      'a file with content',
      /CREATE/,
      () => writeFileSync(path('new'), 'x'),
      () => remote.create('/new', 0o600),
    ],
    [
      'another kind',
      /MKDIR/,
      () => writeFileSync(path('new'), ''),
      () => remote.makeDirectory('/new', 0o700),
    ],
    [
      'a link to elsewhere',
      /SYMLINK/,
      () => symlinkSync('b', path('new')),
      () => remote.makeSymlink('/new', 'a'),
    ],
    [
      'a link of another file',
      /LINK/,
      () => linkSync(path('b'), path('new')),
      () => remote.link('/a', '/new'),
    ],
    [
      'what took the name of a renaming',
      /RENAME/,
      () => writeFileSync(path('new'), ''),
      () => remote.rename('/a', '/new', 'exclusive'),
    ],
  ])('%s', async (_, pattern, meanwhile, change) => {
    const isLost = loseCommand(pattern, meanwhile)
    await expect(change()).rejects.toMatchObject({ code: 'EEXIST' })
    expect(isLost()).toBe(true)
    expect(content('a')).toBe('a')
  })
})

test('an exchange that did not come through happens once', async () => {
  const isLost = loseCommand(/EXCHANGE/, () => {})
  await remote.rename('/a', '/b', 'exchange')
  expect(isLost()).toBe(true)
  expect([content('a'), content('b')]).toEqual(['b', 'a'])
})

test('bytes of which nobody has told the file are not believed', async () => {
  const { proxy } = relayed
  let isCut = false
  proxy.onServerData = (text) => (!isCut && /^(150|226)/.test(text) ? '' : text)
  class CuttingSink extends BufferSink {
    override advance(length: number): void {
      super.advance(length)
      isCut = true
      proxy.cut()
    }
  }
  const range = { start: 0, end: 1 }
  const broken = remote.read('/a', range, new CuttingSink(1))
  await expect(broken).rejects.toMatchObject({ code: 'EIO' })
  expect(isCut).toBe(true)
  const sink = new BufferSink(1)
  expect(await remote.read('/a', range, sink)).toBe(1)
  expect(sink.bytes.toString()).toBe('a')
})
