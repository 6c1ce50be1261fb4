/** Directories that are listed over a long link before a program looks into them. */

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { deferred, type Deferred } from '../../../src/support/deferred.ts'
import { ErrnoError } from '../../../src/support/errno-error.ts'
import { rootNodeid } from '../../../src/vfs/filesystem.ts'
import { defaultVfsOptions, type VfsOptions } from '../../../src/vfs/vfs-options.ts'
import { MemoryRemote } from '../../support/vfs/memory-remote.ts'
import { caller, VfsSession } from '../../support/vfs/vfs-session.ts'

const count = 40
const names = Array.from({ length: count }, (_, index) => `d${index + 100}`)
const lifeMs = defaultVfsOptions.directoryTimeoutMs

let session: VfsSession

async function start(roundTripMs: number, options: Partial<VfsOptions> = {}): Promise<void> {
  const remote = MemoryRemote.plain()
  remote.roundTripMs = roundTripMs
  session = await VfsSession.create(options, remote)
  for (const name of names) {
    await remote.makeDirectory(`/${name}`, 0o755)
    for (const file of ['a', 'b', 'c']) remote.put(`/${name}/${file}`, '')
  }
  await session.names()
  remote.log.length = 0
}

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  await start(40)
})
afterEach(() => {
  session.vfs.assertInvariants()
  vi.useRealTimers()
})

const listed = (): string[] =>
  session.remote.log.filter((line) => line.startsWith('list ')).map((line) => line.slice(6))

const stats = (): number => session.remote.log.filter((line) => line.startsWith('stat ')).length

/** What was begun is answered. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

async function readAgain(nodeid: number): Promise<void> {
  const { fh } = await session.vfs.openDirectory(nodeid, true)
  await session.vfs.readDirectory(fh, 0, caller)
  await session.vfs.releaseDirectory(fh)
}

async function list(name: string): Promise<void> {
  const { nodeid } = await session.existing(name)
  await session.names(nodeid)
  session.vfs.forget(nodeid, 1)
  await settle()
}

test('who lists one after the other finds the next ones listed', async () => {
  for (const name of names.slice(0, 3)) await list(name)
  expect(listed()).toEqual(names.slice(0, 7))
  for (const name of names.slice(3)) await list(name)
  expect(listed().toSorted()).toEqual(names)
})

test('who looks at names in one after the other finds the next ones listed', async () => {
  for (const name of names) {
    const { nodeid } = await session.existing(name)
    for (const file of ['a', 'b', 'c']) await session.existing(file, nodeid)
    await settle()
  }
  // Two in each of the first two, which are listed then.
  expect(stats()).toBe(4)
})

test.for([
  { size: 4096, questions: 2 },
  { size: 16 * 1024 + 1, questions: 8 },
  { size: 0, questions: 8 },
])('never listed and of $size bytes: after $questions questions', async ({ size, questions }) => {
  const stat = session.remote.stat.bind(session.remote)
  session.remote.stat = async (path) => {
    const told = await stat(path)
    return told.type === 'directory' ? { ...told, size } : told
  }
  session.expireCaches()
  const { nodeid } = await session.existing(names[0]!)
  for (let question = 1; question < questions; question++) {
    expect(await session.lookup(`none-${question}`, nodeid)).toBeUndefined()
    await settle()
    expect(listed()).not.toContain(names[0])
  }
  await session.lookup(`none-${questions}`, nodeid)
  await settle()
  expect(listed()).toContain(names[0])
})

test('what is near is not listed ahead, nor what is not believed', async () => {
  await start(0.2)
  for (const name of names.slice(0, 4)) await list(name)
  expect(listed()).toEqual(names.slice(0, 4))
  await start(40, { directoryTimeoutMs: 0 })
  for (const name of names.slice(0, 4)) await list(name)
  expect(listed()).toEqual(names.slice(0, 4))
})

test('a few are listed at a time', async () => {
  const held = deferred()
  let running = 0
  let most = 0
  for (const name of names.slice(0, 4)) await list(name)
  session.remote.before = async (verb, path) => {
    if (verb !== 'list') return
    most = Math.max(most, ++running)
    await held.promise
    running -= 1
    if (path.endsWith('5')) throw new ErrnoError('EACCES', path)
  }
  for (const name of names.slice(4, 11)) await list(name)
  expect(most).toBe(6)
  held.resolve()
  await settle()
  expect(running).toBe(0)
})

/** Of `names`, the index of the first that is being listed ahead then. */
const next = 4

/** It is not answered before the result is. */
async function listAheadHeld(): Promise<Deferred<void>> {
  for (const name of names.slice(0, 2)) await list(name)
  const held = deferred()
  session.remote.before = (verb, path) =>
    verb === 'list' && path === `/${names[next]}` ? held.promise : undefined
  await list(names[2]!)
  session.remote.before = () => {}
  return held
}

const timesListed = (): number => listed().filter((name) => name === names[next]).length

test('a program that waits for a listing under way is told why that fails', async () => {
  const held = await listAheadHeld()
  const { nodeid } = await session.existing(names[next]!)
  const reading = session.names(nodeid)
  await settle()
  held.reject(new ErrnoError('EACCES', 'list'))
  await expect(reading).rejects.toMatchObject({ code: 'EACCES' })
  expect(timesListed()).toBe(1)
})

test('what failed while nobody waited is asked again', async () => {
  const held = await listAheadHeld()
  held.reject(new ErrnoError('EIO', 'list'))
  await settle()
  await list(names[next]!)
  expect(timesListed()).toBe(2)
})

test('the far side is told when a program begins to wait', async () => {
  const awaited = new Map<string, boolean[]>()
  const remoteList = session.remote.list.bind(session.remote)
  session.remote.list = (path: string, _signal?: AbortSignal, by?: AbortSignal) => {
    const told = [by!.aborted]
    awaited.set(path, told)
    by!.addEventListener('abort', () => told.push(true))
    return remoteList(path)
  }
  const held = await listAheadHeld()
  expect(awaited.get(`/${names[2]}`)).toEqual([false])
  expect(awaited.get(`/${names[next]}`)).toEqual([false])
  const reading = list(names[next]!)
  await settle()
  expect(awaited.get(`/${names[next]}`)).toEqual([false, true])
  await list(names.at(-1)!)
  expect(awaited.get(`/${names.at(-1)}`)).toEqual([true])
  held.resolve()
  await reading
  expect(timesListed()).toBe(1)
})

test('what a program has listed itself is not listed ahead for it', async () => {
  for (const name of names.slice(0, 3)) await list(name)
  const held = new Map<string, Deferred<void>>()
  session.remote.before = (verb, path) => {
    if (verb !== 'list') return undefined
    const answer = deferred()
    held.set(path, answer)
    return answer.promise
  }
  for (const name of names.slice(3, 5)) await list(name)
  expect(held.size).toBe(6)
  // Behind those in the queue.
  const entered = names[13]!
  const { nodeid } = await session.existing(entered)
  const entering = session.names(nodeid)
  await settle()
  held.get(`/${names[7]}`)!.resolve()
  await settle()
  session.remote.before = () => {}
  for (const answer of held.values()) answer.resolve()
  await entering
  for (const name of names.slice(5)) if (name !== entered) await list(name)
  // Each listing that is expected to be used has one.
  expect(vi.getTimerCount()).toBe(0)
})

test('what was in a directory that is gone is not listed', async () => {
  await start(40, { attributeTimeoutMs: lifeMs / 2 })
  session.expireCaches()
  await session.remote.makeDirectory('/gone', 0o755)
  const { nodeid } = await session.existing('gone')
  for (const name of names) await session.remote.makeDirectory(`/gone/${name}`, 0o755)
  await session.names(nodeid)
  const held = deferred()
  for (const name of names.slice(0, 5)) {
    const child = await session.existing(name, nodeid)
    await session.names(child.nodeid)
    await settle()
    if (name !== names[2]) continue
    session.remote.before = (verb) => (verb === 'list' ? held.promise : undefined)
  }
  session.clock.nowMs += lifeMs / 2
  for (const path of session.remote.nodes.keys()) {
    if (path.startsWith('/gone')) session.remote.nodes.delete(path)
  }
  expect(await session.lookup('gone')).toBeUndefined()
  const before = listed().length
  held.resolve()
  await settle()
  expect(listed()).toHaveLength(before)
})

test('what nobody enters in time is let go of, and less is listed from then on', async () => {
  for (const name of names.slice(0, 2)) await list(name)
  const expected = listed().length
  session.clock.nowMs += lifeMs
  vi.advanceTimersByTime(lifeMs)
  await session.names()
  await list(names[2]!)
  expect(listed().slice(expected)).toEqual(['', names[2], names[3]])
})

test('a name is told by the listing that is under way if that is sooner', async () => {
  const name = names[0]!
  const { nodeid } = await session.existing(name)
  const held = deferred()
  session.remote.after = (verb) => (verb === 'stat' ? held.promise : undefined)
  const { fh } = await session.vfs.openDirectory(nodeid)
  const reading = session.vfs.readDirectory(fh, 0, caller)
  const found = session.existing('a', nodeid)
  expect(Array.from(await reading)).toHaveLength(5)
  expect((await found).attributes.type).toBe('file')
  held.resolve()
})

test('a directory whose listing has spared more than it took is listed with the first of the next', async () => {
  const { nodeid } = await session.existing(names[0]!)
  session.remote.after = (verb) => {
    if (verb === 'list') session.clock.nowMs += 120
  }
  await session.names(nodeid)
  for (const file of ['a', 'b', 'c']) await session.existing(file, nodeid)
  session.clock.nowMs += 60_000
  session.remote.log.length = 0
  await session.existing('a', nodeid)
  await settle()
  expect(listed()).toEqual([names[0]])
  await session.existing('b', nodeid)
  await session.existing('c', nodeid)
  expect(stats()).toBe(1)
})

test.for<[string, number, (nodeid: number) => Promise<unknown>]>([
  ['less', 121, (nodeid) => Promise.all(['a', 'b', 'c'].map((a) => session.existing(a, nodeid)))],
  ['hardly anything', 1, (nodeid) => session.existing('a', nodeid)],
  ['one other listing', 1, (nodeid) => readAgain(nodeid)],
])('one whose listing has spared %s is not', async ([, tookMs, use]) => {
  const { nodeid } = await session.existing(names[0]!)
  session.remote.after = (verb) => {
    if (verb === 'list') session.clock.nowMs += tookMs
  }
  const { fh } = await session.vfs.openDirectory(nodeid)
  await session.vfs.readDirectory(fh, 0, caller)
  await use(nodeid)
  await session.vfs.releaseDirectory(fh)
  session.clock.nowMs += 60_000
  session.remote.log.length = 0
  await session.existing('a', nodeid)
  await settle()
  expect([listed(), stats()]).toEqual([[], 1])
  expect(nodeid).not.toBe(rootNodeid)
})
