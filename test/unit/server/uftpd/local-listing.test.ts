/** Where the entries of a directory are looked at, and when others have their turn. */

import { lstat, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { AccessRules } from '../../../../src/server/uftpd/access-rules.ts'
import { ConfinedPaths } from '../../../../src/server/uftpd/confined-paths.ts'
import * as calls from '../../../../src/server/uftpd/file-calls.ts'
import { Jail } from '../../../../src/server/uftpd/jail.ts'
import { loadLibc, type Libc } from '../../../../src/server/uftpd/libc.ts'
import { LocalStorage } from '../../../../src/server/uftpd/local-storage.ts'
import { Storages } from '../../../../src/server/uftpd/storages.ts'

let base: string
let libc: Libc

beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'uftpd-listing-')))
  libc = await loadLibc()
})

afterEach(async () => {
  vi.restoreAllMocks()
  await rm(base, { recursive: true })
})

/** For which time stands still, so that every call is quick. */
async function storage(path: string, inspecting: Libc = libc): Promise<LocalStorage> {
  const jail = await Jail.open(path, new Storages(libc, { monotonicMs: () => 0 }))
  return new LocalStorage(new ConfinedPaths(jail, new AccessRules('FULL', [], [])), inspecting)
}

test('others have their turn between the batches of a large directory', async () => {
  await Promise.all(
    Array.from({ length: 513 }, (_, index) => writeFile(join(base, `${index}`), '')),
  )
  const batches = (await storage(base)).list(base)
  expect((await batches.next()).value).toHaveLength(512)
  let hasHadTurn = false
  setImmediate(() => (hasHadTurn = true))
  expect((await batches.next()).value).toHaveLength(1)
  expect(hasHadTurn).toBe(true)
})

test('what is mounted in a directory is left to threads', async () => {
  const here = vi.spyOn(calls.lstat, 'here')
  const inThread = vi.spyOn(calls.lstat, 'inThread')
  for await (const batch of (await storage('/')).list('/', 'show')) {
    const proc = batch.find(({ name }) => name === 'proc')?.status
    expect(proc?.device).toBe((await lstat('/proc', { bigint: true })).dev)
  }
  const asked = inThread.mock.calls.map(([path]) => String(path).split('/').at(-1))
  expect(asked).toContain('proc')
  expect(here.mock.calls.map(([path]) => String(path).split('/').at(-1))).not.toContain('proc')
})

test('links are read in this thread, and the rest in others', async () => {
  await symlink('file', join(base, 'link'))
  await writeFile(join(base, 'file'), '')
  const here = vi.spyOn(calls.lstat, 'here')
  const inThread = vi.spyOn(calls.lstat, 'inThread')
  const list = async (inspecting: Libc): Promise<readonly string[]> => {
    const names: string[] = []
    for await (const batch of (await storage(base, inspecting)).list(base, 'show')) {
      names.push(...batch.map(({ name }) => name))
    }
    return names.toSorted()
  }
  expect(await list(libc)).toEqual(['file', 'link'])
  expect([here.mock.calls.length, inThread.mock.calls.length]).toEqual([1, 0])
  expect(await list({})).toEqual(['file', 'link'])
  expect([here.mock.calls.length, inThread.mock.calls.length]).toEqual([1, 2])
})
