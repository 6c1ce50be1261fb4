import { beforeEach, describe, expect, it } from 'vitest'
import { rootNodeid } from '../../../src/vfs/filesystem.ts'
import { MemoryRemote } from '../../support/vfs/memory-remote.ts'
import { caller, readWrite, VfsSession } from '../../support/vfs/vfs-session.ts'

let session: VfsSession
/** What the kernel was told to drop, and what the far side was asked to deliver. */
let invalidated: number[]
const reads = (): string[] => session.remote.log.filter((line) => line.startsWith('read '))

beforeEach(async () => {
  session = await VfsSession.create()
  invalidated = []
  session.vfs.setInvalidation({
    invalidateAttributes: async () => {},
    invalidateInode: (nodeid) => void invalidated.push(nodeid),
    invalidateEntry: () => {},
  })
})

async function reopen(name: string): Promise<{ fh: number; keepCache: boolean; nodeid: number }> {
  const { nodeid } = await session.existing(name)
  return { nodeid, ...(await session.vfs.open(nodeid, readWrite, caller)) }
}

describe('cached content', () => {
  it('is kept over a reopen, here and in the kernel, while the file is the same', async () => {
    session.remote.put('/f', 'content')
    const first = await reopen('f')
    expect(await session.read(first.fh, 0, 100)).toBe('content')
    await session.close(first.fh)
    session.expireCaches()
    const second = await reopen('f')
    expect(second.keepCache).toBe(true)
    expect(await session.read(second.fh, 0, 100)).toBe('content')
    expect(reads()).toEqual(['read /f'])
    expect(invalidated).toEqual([])
  })

  it('survives own writes, renames and changes of attributes', async () => {
    const made = await session.create('f')
    await session.write(made, 0, 'written')
    await session.close(made)
    const { nodeid } = await session.existing('f')
    await session.vfs.setAttributes(nodeid, { mode: 0o600, mtimeNs: 7n }, undefined, caller)
    const plain = { noReplace: false, exchange: false }
    await session.vfs.rename(rootNodeid, 'f', rootNodeid, 'g', plain, caller)
    session.expireCaches()
    expect(await reopen('g')).toMatchObject({ nodeid, keepCache: true })
    expect(invalidated).toEqual([])
  })

  const time = 5_000_000_000n
  it.each([
    ['its size', 'longer than before', { mtimeNs: time, birthTimeNs: 1n }],
    ['its time', 'CONTENT', { mtimeNs: time + 1n, birthTimeNs: 1n }],
    ['the file itself, with size and time', 'CONTENT', { mtimeNs: time, birthTimeNs: 2n }],
  ])('is dropped when %s changed behind the mount', async (_, content, times) => {
    session.remote.put('/f', 'content', { mtimeNs: time, birthTimeNs: 1n })
    const first = await reopen('f')
    expect(await session.read(first.fh, 0, 100)).toBe('content')
    session.remote.put('/f', content, times)
    session.expireCaches()
    const second = await reopen('f')
    expect(second).toMatchObject({ nodeid: first.nodeid, keepCache: false })
    expect(invalidated).toEqual([first.nodeid])
    expect(await session.read(second.fh, 0, 100)).toBe(content)
    expect(await session.read(first.fh, 0, 100)).toBe(content)
    expect((await reopen('f')).keepCache).toBe(true)
  })

  it('is not dropped because one answer does not tell the birth time', async () => {
    session.remote.put('/f', 'content', { mtimeNs: time, birthTimeNs: 1n })
    await session.close((await reopen('f')).fh)
    session.remote.put('/f', 'content', { mtimeNs: time })
    session.expireCaches()
    expect((await reopen('f')).keepCache).toBe(true)
  })

  it('is not found by a file that took the name of a removed one', async () => {
    session.remote.put('/f', 'content')
    const first = await reopen('f')
    expect(await session.read(first.fh, 0, 100)).toBe('content')
    session.remote.nodes.delete('/f')
    session.expireCaches()
    expect(await session.lookup('f')).toBeUndefined()
    session.remote.put('/f', 'another')
    session.expireCaches()
    const second = await reopen('f')
    expect(second.nodeid).not.toBe(first.nodeid)
    expect(second.keepCache).toBe(false)
    expect(await session.read(second.fh, 0, 100)).toBe('another')
  })
})

describe('missing names', () => {
  it('are believed to be missing for the negative timeout, and no longer', async () => {
    const names = await VfsSession.create({ negativeTimeoutMs: 3000 })
    expect(await names.lookup('f')).toBeUndefined()
    names.remote.put('/f', '')
    names.remote.log.length = 0
    names.clock.nowMs += 2999
    expect(await names.lookup('f')).toBeUndefined()
    expect(names.remote.log).toEqual([])
    names.clock.nowMs += 1
    expect(await names.lookup('f')).toBeDefined()
  })

  it('are told to the kernel with their timeout', async () => {
    const names = await VfsSession.create({ negativeTimeoutMs: 3000 })
    const missing = await names.vfs.lookup(rootNodeid, 'f', caller)
    expect(missing).toEqual({ nodeid: 0, entryTimeoutMs: 3000 })
  })

  it('are told to the kernel for what is left of it', async () => {
    await session.names()
    session.clock.nowMs += 400
    const missing = await session.vfs.lookup(rootNodeid, 'f', caller)
    expect(missing).toEqual({ nodeid: 0, entryTimeoutMs: 600 })
  })
})

describe('names that exist', () => {
  it('are told to the kernel for what is left of their time', async () => {
    session.remote.put('/f', '')
    expect(await session.lookup('f')).toMatchObject(timeouts(1000, 1000))
    session.clock.nowMs += 300
    expect(await session.lookup('f')).toMatchObject(timeouts(700, 700))
  })

  it('have it from the listing that named them', async () => {
    session.remote.put('/f', '')
    await session.names()
    session.clock.nowMs += 300
    const { fh } = await session.vfs.openDirectory(rootNodeid)
    const listed = [...(await session.vfs.readDirectory(fh, 0, caller))]
    const entry = listed.find(({ name }) => name === 'f')?.resolve?.()
    expect(entry).toMatchObject(timeouts(700, 700))
    expect(await session.lookup('f')).toMatchObject(timeouts(700, 700))
  })

  it('are each told for what is left of its own time', async () => {
    session = await VfsSession.create({}, new MemoryRemote())
    session.remote.put('/f', '')
    session.remote.putLink('/f', '/g')
    await session.lookup('f')
    session.clock.nowMs += 300
    expect(await session.lookup('g')).toMatchObject(timeouts(1000, 1000))
    expect(await session.lookup('f')).toMatchObject(timeouts(700, 1000))
  })
})

function timeouts(entryTimeoutMs: number, attributeTimeoutMs: number) {
  return { entryTimeoutMs, attributeTimeoutMs }
}

async function inodeNumbers(mount: VfsSession): Promise<number[]> {
  const directory = await mount.existing('d')
  const inside = await mount.existing('b', directory.nodeid)
  const all = [await mount.existing('a'), directory, inside]
  return all.map(({ attributes }) => attributes.ino)
}

describe('inode numbers', () => {
  it('are the same after unmount and mount', async () => {
    session.remote.put('/a', '')
    await session.remote.makeDirectory('/d', 0o755)
    session.remote.put('/d/b', '')
    const before = await inodeNumbers(session)
    expect(await inodeNumbers(await VfsSession.create({}, session.remote))).toEqual(before)
    expect(new Set(before).size).toBe(3)
  })
})
