/** Directories whose names are asked about one after the other, and listings that changes overtake. */

import { beforeEach, expect, test } from 'vitest'
import { deferred } from '../../../src/support/deferred.ts'
import { rootNodeid } from '../../../src/vfs/filesystem.ts'
import { caller, VfsSession } from '../../support/vfs/vfs-session.ts'

const count = 500
const stepMs = 40

let session: VfsSession

/** Every answer of the far side takes a while, listings longer than attributes are believed. */
beforeEach(async () => {
  session = await VfsSession.create()
  session.remote.after = (verb) => {
    if (verb === 'stat') session.clock.nowMs += stepMs
    if (verb === 'list') session.clock.nowMs += 3 * stepMs
  }
})

function asked(verb: string): number {
  return session.remote.log.filter((line) => line.startsWith(`${verb} `)).length
}

function fill(): string[] {
  const names = Array.from({ length: count }, (_, index) => `f${index}`)
  for (const name of names) session.remote.put(`/${name}`, 'x')
  return names
}

test('who looks at one file after the other gets most of them by listings', async () => {
  for (const name of fill()) await session.existing(name)
  expect(asked('stat')).toBeLessThan(count / 5)
  expect(asked('list')).toBeGreaterThan(0)
  expect(asked('list')).toBeLessThan(count / 5)
})

test('three names are no reason to list a directory', async () => {
  fill()
  for (const name of ['f1', 'f2', 'f3']) await session.existing(name)
  session.clock.nowMs += 60_000
  for (const name of ['f1', 'f2', 'f3']) await session.existing(name)
  expect(asked('list')).toBe(0)
})

test('where nothing is to be believed a listing would answer nothing', async () => {
  session = await VfsSession.create({ attributeTimeoutMs: 0, directoryTimeoutMs: 0 })
  for (const name of fill()) await session.existing(name)
  expect([asked('list'), asked('stat')]).toEqual([0, 1 + count])
})

test('a listing that took longer than attributes are believed still answers for its names', async () => {
  const names = fill()
  session.remote.after = (verb) => {
    if (verb === 'list') session.clock.nowMs += 5_000
  }
  await session.names()
  const before = asked('stat')
  for (const name of names) await session.existing(name)
  expect(asked('stat')).toBe(before)
})

test('in a directory just made no name exists', async () => {
  const { nodeid } = await session.vfs.makeDirectory(rootNodeid, 'd', 0o755, caller)
  const before = asked('stat')
  expect(await session.lookup('a', nodeid)).toBeUndefined()
  expect(await session.names(nodeid)).toEqual(['.', '..'])
  expect([asked('stat') - before, asked('list')]).toEqual([0, 0])
  session.remote.put('/d/a', '')
  session.expireCaches()
  expect(await session.lookup('a', nodeid)).toBeDefined()
})

test('own changes while a listing is under way are in it', async () => {
  session.remote.put('/old', '')
  session.remote.put('/stays', '')
  const held = deferred()
  session.remote.after = (verb) => (verb === 'list' ? held.promise : undefined)
  const names = session.names()
  await expect.poll(() => asked('list')).toBe(1)
  await session.create('new')
  await session.vfs.unlink(rootNodeid, 'old', caller)
  held.resolve()
  expect((await names).toSorted()).toEqual(['.', '..', 'new', 'stays'])
  const before = session.remote.log.length
  expect(await session.lookup('old')).toBeUndefined()
  expect(await session.lookup('never')).toBeUndefined()
  expect((await session.names()).toSorted()).toEqual(['.', '..', 'new', 'stays'])
  expect(session.remote.log.length).toBe(before)
})
