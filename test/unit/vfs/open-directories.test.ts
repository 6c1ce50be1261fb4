/** What the kernel may keep of an open directory's names, and for how long. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { deferred } from '../../../src/support/deferred.ts'
import { ErrnoError } from '../../../src/support/errno-error.ts'
import { rootNodeid } from '../../../src/vfs/filesystem.ts'
import { defaultVfsOptions } from '../../../src/vfs/vfs-options.ts'
import { MemoryRemote } from '../../support/vfs/memory-remote.ts'
import { caller, VfsSession } from '../../support/vfs/vfs-session.ts'

const lifeMs = defaultVfsOptions.directoryTimeoutMs

let session: VfsSession
/** nodeids of which the kernel was told to drop what it has. */
let dropped: number[]

async function start(options: Parameters<typeof VfsSession.create>[0] = {}): Promise<void> {
  session = await VfsSession.create(options)
  dropped = []
  session.vfs.setInvalidation({
    invalidateInode: (nodeid) => dropped.push(nodeid),
    invalidateAttributes: async () => {},
    invalidateEntry: () => {},
  })
  session.remote.put('/a', '')
  session.remote.put('/b', '')
}

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  await start()
})
afterEach(() => {
  vi.useRealTimers()
})

const open = () => session.vfs.openDirectory(rootNodeid)

async function namesOf(fh: number, cookie = 0): Promise<string[]> {
  return Array.from(await session.vfs.readDirectory(fh, cookie, caller), ({ name }) => name)
}

async function cookiesOf(fh: number, cookie = 0): Promise<number[]> {
  return Array.from(await session.vfs.readDirectory(fh, cookie, caller), (entry) => entry.cookie)
}

/** Opens, reads and closes; the names and whether the kernel was to keep what it had. */
async function list(): Promise<{ readonly kept: boolean; readonly names: string[] }> {
  const { fh, keepCache, cacheNames } = await open()
  const names = await namesOf(fh)
  await session.vfs.releaseDirectory(fh)
  return { kept: keepCache && cacheNames, names }
}

function pass(ms: number): void {
  session.clock.nowMs += ms
  vi.advanceTimersByTime(ms)
}

const lists = (): number => session.remote.log.filter((line) => line.startsWith('list ')).length

const isKept = async (): Promise<boolean> => (await list()).kept

describe('from one open to the next', () => {
  test('the kernel keeps names for as long as a listing is believed', async () => {
    expect(await isKept()).toBe(false)
    expect(await isKept()).toBe(true)
    pass(lifeMs - 1)
    expect(await isKept()).toBe(true)
    pass(1)
    expect(await isKept()).toBe(false)
    expect(await isKept()).toBe(true)
  })

  test('names that were never read are not kept', async () => {
    for (let time = 0; time < 2; time++) {
      const { fh, keepCache } = await open()
      expect(keepCache).toBe(false)
      await session.vfs.releaseDirectory(fh)
    }
  })

  test.for<[string, () => Promise<unknown>]>([
    ['made', () => session.create('c')],
    ['removed', () => session.vfs.unlink(rootNodeid, 'a', caller)],
    [
      'renamed',
      () => {
        const flags = { noReplace: false, exchange: false }
        return session.vfs.rename(rootNodeid, 'a', rootNodeid, 'c', flags, caller)
      },
    ],
  ])('not behind a name that was %s', async ([, change]) => {
    await list()
    await change()
    const { kept, names } = await list()
    expect(kept).toBe(false)
    expect(names).not.toEqual(['.', '..', 'a', 'b'])
  })

  test('not when a listed name was found gone', async () => {
    await start({ attributeTimeoutMs: lifeMs / 2 })
    await list()
    session.remote.nodes.delete('/a')
    pass(lifeMs / 2)
    expect(await session.lookup('a')).toBeUndefined()
    expect(await list()).toEqual({ kept: false, names: ['.', '..', 'b'] })
  })

  test('nothing is kept where listings are not believed', async () => {
    await start({ directoryTimeoutMs: 0 })
    for (let time = 0; time < 2; time++) {
      const { fh, keepCache, cacheNames } = await open()
      expect([keepCache, cacheNames]).toEqual([false, false])
      await namesOf(fh)
      await session.vfs.releaseDirectory(fh)
    }
  })
})

describe('while it is open', () => {
  test('the names are taken from the kernel when their time is over', async () => {
    const { fh } = await open()
    await namesOf(fh)
    pass(lifeMs - 1)
    expect(dropped).toEqual([])
    pass(1)
    expect(dropped).toEqual([rootNodeid])
    pass(10 * lifeMs)
    expect(dropped).toEqual([rootNodeid])
    session.remote.put('/c', '')
    expect(await namesOf(fh)).toContain('c')
    pass(lifeMs)
    expect(dropped).toEqual([rootNodeid, rootNodeid])
  })

  test('also names that it has read when the directory was open before', async () => {
    await list()
    pass(lifeMs / 2)
    const { keepCache } = await open()
    expect(keepCache).toBe(true)
    pass(lifeMs / 2)
    expect(dropped).toEqual([rootNodeid])
  })

  test('not before the kernel can have stored what it was told', async () => {
    await list()
    pass(lifeMs - 1)
    await session.vfs.releaseDirectory((await open()).fh)
    const { fh } = await open()
    await namesOf(fh)
    pass(1)
    expect(dropped).toEqual([])
    pass(lifeMs)
    expect(dropped).toEqual([rootNodeid])
  })

  test('nothing is taken from the kernel behind the close', async () => {
    await list()
    pass(2 * lifeMs)
    expect(dropped).toEqual([])
  })

  test('a second handle neither fills nor drops what the kernel keeps', async () => {
    await list()
    const first = await open()
    const second = await open()
    expect([first.cacheNames, first.keepCache]).toEqual([true, true])
    expect([second.cacheNames, second.keepCache]).toEqual([false, true])
    await session.vfs.releaseDirectory(first.fh)
    expect((await open()).cacheNames).toBe(false)
  })
})

describe('who opens to read', () => {
  test('has the directory listed before the first read', async () => {
    const { fh } = await session.vfs.openDirectory(rootNodeid, true)
    expect(lists()).toBe(1)
    expect(await namesOf(fh)).toEqual(['.', '..', 'a', 'b'])
    expect(lists()).toBe(1)
  })

  test('is told by the read why it cannot be listed', async () => {
    session.remote.before = (verb) => {
      if (verb === 'list') throw new ErrnoError('EACCES', 'list')
    }
    const { fh } = await session.vfs.openDirectory(rootNodeid, true)
    await expect(namesOf(fh)).rejects.toMatchObject({ code: 'EACCES' })
  })

  test('is told at once when that fails meanwhile', async () => {
    const held = deferred()
    session.remote.before = (verb) => (verb === 'list' ? held.promise : undefined)
    const { fh } = await session.vfs.openDirectory(rootNodeid, true)
    const reading = namesOf(fh)
    held.reject(new ErrnoError('EACCES', 'list'))
    await expect(reading).rejects.toMatchObject({ code: 'EACCES' })
    expect(lists()).toBe(1)
  })

  test('may be interrupted, which others do not notice', async () => {
    const held = deferred()
    session.remote.before = (verb) => (verb === 'list' ? held.promise : undefined)
    const { fh } = await session.vfs.openDirectory(rootNodeid, true)
    const interrupt = new AbortController()
    const { signal } = interrupt
    const interrupted = session.vfs.readDirectory(fh, 0, { ...caller, signal })
    const reading = namesOf(fh)
    interrupt.abort(new ErrnoError('EINTR', 'interrupted'))
    await expect(interrupted).rejects.toMatchObject({ code: 'EINTR' })
    held.resolve()
    expect(await reading).toEqual(['.', '..', 'a', 'b'])
    expect(lists()).toBe(1)
  })

  test('has it listed once in the time of a listing', async () => {
    for (let time = 0; time < 3; time++) {
      const { fh } = await session.vfs.openDirectory(rootNodeid, true)
      await namesOf(fh)
      await session.vfs.releaseDirectory(fh)
    }
    expect(lists()).toBe(1)
  })

  test('has it listed by the read alone where listings are not believed', async () => {
    await start({ directoryTimeoutMs: 0 })
    const { fh } = await session.vfs.openDirectory(rootNodeid, true)
    expect(lists()).toBe(0)
    await namesOf(fh)
    expect(lists()).toBe(1)
  })
})

test('a name is believed from when it was told, whatever is known of its file since', async () => {
  const remote = new MemoryRemote()
  remote.put('/a', '')
  await remote.link('/a', '/b')
  const entryTimeoutMs = 1000
  session = await VfsSession.create({ entryTimeoutMs, attributeTimeoutMs: 100 }, remote)
  await session.existing('b')
  const { fh } = await open()
  const entries = Array.from(await session.vfs.readDirectory(fh, 0, caller))
  await session.create('c')
  pass(entryTimeoutMs / 2)
  expect((await session.existing('a')).entryTimeoutMs).toBe(entryTimeoutMs)
  const told = entries.find(({ name }) => name === 'b')?.resolve?.()
  expect(told?.entryTimeoutMs).toBe(entryTimeoutMs / 2)
})

describe('positions', () => {
  test('are the same as long as the names are', async () => {
    const first = await open()
    const second = await open()
    const cookies = await cookiesOf(first.fh)
    expect(await cookiesOf(second.fh)).toEqual(cookies)
    expect(await cookiesOf(first.fh)).toEqual(cookies)
    expect(await cookiesOf(first.fh, cookies[1])).toEqual(cookies.slice(2))
  })

  test('are the same when attributes have changed, which are told as they are then', async () => {
    const { fh } = await open()
    const cookies = await cookiesOf(fh)
    const written = await session.open('a')
    await session.write(written, 0, 'content')
    await session.close(written)
    // As if the kernel had never had it.
    session.vfs.forget((await session.existing('a')).nodeid, 3)
    const entries = Array.from(await session.vfs.readDirectory(fh, 0, caller))
    expect(entries.map(({ cookie }) => cookie)).toEqual(cookies)
    const told = entries.find(({ name }) => name === 'a')?.resolve?.()
    expect(told?.attributes.size).toBe(7)
    expect(lists()).toBe(1)
  })

  test('no two snapshots have one in common, and each handle goes on with its own', async () => {
    const first = await open()
    const before = await cookiesOf(first.fh)
    await session.vfs.unlink(rootNodeid, 'a', caller)
    const second = await open()
    const after = await cookiesOf(second.fh)
    expect(new Set([...before, ...after]).size).toBe(before.length + after.length)
    expect(await namesOf(first.fh, before[1])).toEqual(['a', 'b'])
    expect(await namesOf(second.fh, after[1])).toEqual(['b'])
  })

  test('a handle of which the kernel has read goes on where the kernel stops', async () => {
    const first = await open()
    const cookies = await cookiesOf(first.fh)
    await session.vfs.releaseDirectory(first.fh)
    const { fh, keepCache } = await open()
    expect(keepCache).toBe(true)
    await session.vfs.unlink(rootNodeid, 'a', caller)
    expect(await namesOf(fh, cookies[2])).toEqual(['b'])
    expect(await namesOf(fh)).toEqual(['.', '..', 'b'])
  })
})
