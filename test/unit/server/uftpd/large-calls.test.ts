/** What moves or frees much is left to other threads, however quick the storage is. */

import { constants } from 'node:fs'
import { mkdtemp, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { AccessRules } from '../../../../src/server/uftpd/access-rules.ts'
import { ConfinedPaths } from '../../../../src/server/uftpd/confined-paths.ts'
import * as calls from '../../../../src/server/uftpd/file-calls.ts'
import { Jail } from '../../../../src/server/uftpd/jail.ts'
import { loadLibc } from '../../../../src/server/uftpd/libc.ts'
import { LocalPosixStorage } from '../../../../src/server/uftpd/local-posix-storage.ts'
import { LocalStorage } from '../../../../src/server/uftpd/local-storage.ts'
import { quickBytes } from '../../../../src/server/uftpd/quick-calls.ts'
import { Storages } from '../../../../src/server/uftpd/storages.ts'

const { O_NONBLOCK } = constants

const small = Buffer.alloc(quickBytes, 1)
const large = Buffer.alloc(quickBytes + 1, 2)

let path: string
let base: string
let storage: LocalStorage
let posix: LocalPosixStorage
let made: string[]

beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'uftpd-large-')))
  path = join(base, 'file')
  await writeFile(path, '')
  const libc = await loadLibc()
  // Time stands still: every call is quick.
  const jail = await Jail.open(base, new Storages(libc, { monotonicMs: () => 0 }))
  const paths = new ConfinedPaths(jail, new AccessRules('FULL', [], []))
  storage = new LocalStorage(paths, libc)
  posix = new LocalPosixStorage(paths, { libc, givesFiles: false })
  made = []
  observe('read', calls.read)
  observe('write', calls.write)
  observe('truncate', calls.truncate)
  observe('fstat', calls.fstat)
  observe('access', calls.access)
  observe('chmod', calls.chmod)
  observe('unlink', calls.unlink)
  observe('rename', calls.rename)
  observe('close', calls.close)
})

afterEach(async () => {
  vi.restoreAllMocks()
  await storage[Symbol.asyncDispose]()
  await rm(base, { recursive: true })
})

function observe(name: string, call: object): void {
  const forms = call as Record<'here' | 'inThread', (...args: unknown[]) => unknown>
  for (const place of ['here', 'inThread'] as const) {
    const original = forms[place]
    vi.spyOn(forms, place).mockImplementation((...args) => {
      made.push(`${name} ${place}`)
      return original(...args)
    })
  }
}

describe('writing', () => {
  test('a small file takes no thread', async () => {
    const file = await storage.openToWrite(path, 'in-place')
    made = []
    await file.write([small.subarray(1), small.subarray(0, 1)], 0)
    await file.change({ mode: 0o600 })
    await file.status()
    await file.close()
    expect(made).toEqual(['write here', 'chmod here', 'fstat here', 'access here', 'close here'])
    expect(small.equals(await readFile(path))).toBe(true)
  })

  test('a large file takes one after its beginning', async () => {
    const file = await storage.openToWrite(path, 'in-place')
    made = []
    await file.write([small], 0)
    await file.write([Buffer.of(3)], small.length)
    await file.change({ mode: 0o600 })
    await file.status()
    await file.close()
    expect(made).toEqual([
      'write here',
      'write inThread',
      'chmod inThread',
      'fstat inThread',
      'access inThread',
      'close inThread',
    ])
    expect(Buffer.concat([small, Buffer.of(3)]).equals(await readFile(path))).toBe(true)
  })
})

test.each([
  ['small', small, 'read here'],
  ['large', large, 'read inThread'],
])('a %s piece is read where it belongs', async (_name, content, expected) => {
  await writeFile(path, content)
  const file = await storage.openToRead(path)
  made = []
  const buffer = Buffer.alloc(content.length)
  expect(await file.read(buffer, 0)).toBe(content.length)
  await file.close()
  expect(buffer.equals(content)).toBe(true)
  expect(made).toEqual([expected])
})

test.each([
  ['little', small, 'here'],
  ['much', large, 'inThread'],
])('%s is freed where it belongs', async (_name, content, place) => {
  await writeFile(path, content)
  await posix.truncate(path, 0)
  expect((await stat(path)).size).toBe(0)
  await writeFile(path, content)
  await (await storage.openToWrite(path, 'replace')).close()
  expect((await stat(path)).size).toBe(0)
  await posix.truncate(path, content.length)
  expect((await stat(path)).size).toBe(content.length)
  await writeFile(`${path} small`, '')
  await storage.rename(`${path} small`, path)
  expect((await stat(path)).size).toBe(0)
  await writeFile(path, content)
  await storage.removeFile(path)
  await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' })
  expect(made.filter((call) => /^(truncate|unlink|rename)/.test(call))).toEqual([
    `truncate ${place}`,
    `truncate ${place}`,
    `truncate ${place}`,
    `rename ${place}`,
    `unlink ${place}`,
  ])
})

test('a large file that gets a new name takes no thread', async () => {
  await writeFile(path, large)
  await storage.rename(path, `${path} moved`)
  expect(made).toEqual(['rename here'])
})

test.each([
  ['read', () => storage.openToRead(path)],
  ['written', () => storage.openToWrite(path, 'in-place')],
  ['truncated', () => posix.truncate(path, 1)],
  ['synchronised', () => posix.sync(path)],
])('a thread waits for the lease on a file that is to be %s', async (_name, open) => {
  const flags: number[] = []
  const { here, inThread } = calls.open
  vi.spyOn(calls.open, 'here').mockImplementation((at, flag) => {
    flags.push(flag)
    if ((flag & O_NONBLOCK) === 0) return here(at, flag)
    throw Object.assign(new Error('leased'), { code: 'EAGAIN' })
  })
  vi.spyOn(calls.open, 'inThread').mockImplementation((at, flag) => {
    flags.push(flag)
    return inThread(at, flag)
  })
  await (await open())?.close()
  expect(flags).toEqual([flags[1]! | O_NONBLOCK, flags[1]! & ~O_NONBLOCK])
})
