/** What the server does where libc cannot be called: Node's calls, and nothing offered beyond them. */

import { lstat, mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../../../src/support/clock.ts'
import { AccessRules } from '../../../../src/server/uftpd/access-rules.ts'
import { ConfinedPaths } from '../../../../src/server/uftpd/confined-paths.ts'
import { Jail } from '../../../../src/server/uftpd/jail.ts'
import { LocalPosixStorage } from '../../../../src/server/uftpd/local-posix-storage.ts'
import { LocalStorage } from '../../../../src/server/uftpd/local-storage.ts'
import type { FileStatus, TimeChanges } from '../../../../src/server/uftpd/storage.ts'
import { loadLibc, type Libc } from '../../../../src/server/uftpd/libc.ts'
import { Storages } from '../../../../src/server/uftpd/storages.ts'

let base: string
let storage: LocalStorage
let posix: LocalPosixStorage

beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'uftpd-plain-')))
  const paths = new ConfinedPaths(
    await Jail.open(base, new Storages({}, systemClock)),
    new AccessRules('FULL', [], []),
  )
  storage = new LocalStorage(paths, {})
  posix = new LocalPosixStorage(paths, { libc: {}, givesFiles: false })
  await writeFile(join(base, 'f'), '')
  await symlink('f', join(base, 'l'))
})

afterEach(async () => {
  await rm(base, { recursive: true, force: true })
})

test('nodes and special renames are not offered', async () => {
  expect([posix.makesNodes, posix.renamesSpecially]).toEqual([false, false])
  await expect(posix.create(join(base, 'p'), 'fifo', 0o644)).rejects.toThrow(/not supported/)
  await expect(posix.exchange(join(base, 'f'), join(base, 'l'))).rejects.toThrow(/not supported/)
  expect((await readdir(base)).toSorted()).toEqual(['f', 'l'])
})

test.each<readonly [string, TimeChanges, bigint, bigint]>([
  ['whole microseconds', { mtimeNs: 1_500_000_000_123_456_789n }, 1n, 1_500_000_000_123_456n],
  ['the other time', { atimeNs: 2_000_000_000_000_001_999n }, 2_000_000_000_000_001n, 1n],
  ['milliseconds before 1970', { mtimeNs: -1n, atimeNs: -1_000_001n }, -2000n, -1000n],
])('times are rounded down to %s', async (_name, changes, atimeUs, mtimeUs) => {
  for (const name of ['f', 'l']) {
    const path = join(base, name)
    await storage.setTimes(path, { atimeNs: 1000n, mtimeNs: 1000n }, 'show')
    const stored = await storage.setTimes(path, changes, 'show')
    expect(stored).toEqual({ atimeNs: atimeUs * 1000n, mtimeNs: mtimeUs * 1000n })
    const { atimeNs, mtimeNs } = await lstat(path, { bigint: true })
    expect([atimeNs, mtimeNs]).toEqual([atimeUs * 1000n, mtimeUs * 1000n])
  }
})

test('a listing tells the same as with libc', async () => {
  await writeFile(join(base, 'é'), 'content', { mode: 0o751 })
  await mkdir(join(base, 'directory'))
  await listed({}) // To read the link for the first time gives it an access time.
  const plain = await listed({})
  expect(Object.keys(plain).toSorted()).toEqual(['directory', 'f', 'l', 'é'])
  expect(await listed(await loadLibc())).toEqual(plain)
})

async function listed(libc: Libc): Promise<Readonly<Record<string, FileStatus>>> {
  const paths = new ConfinedPaths(
    await Jail.open(base, new Storages({}, systemClock)),
    new AccessRules('FULL', [], []),
  )
  const files: Record<string, FileStatus> = {}
  for await (const batch of new LocalStorage(paths, libc).list(base, 'show')) {
    for (const { name, status } of batch) files[name] = status
  }
  return files
}

test('now is now', async () => {
  const before = BigInt(Date.now() - 1000) * 1_000_000n
  await storage.setTimes(join(base, 'f'), { atimeNs: 1000n, mtimeNs: 1000n }, 'follow')
  const { mtimeNs, atimeNs } = await storage.setTimes(join(base, 'l'), { mtimeNs: 'now' }, 'follow')
  expect(mtimeNs).toBeGreaterThan(before)
  expect(atimeNs).toBe(1000n)
})
