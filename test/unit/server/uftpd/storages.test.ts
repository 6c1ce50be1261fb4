import * as fs from 'node:fs'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { oPath } from '../../../../src/server/uftpd/jail.ts'
import { loadLibc, type Libc } from '../../../../src/server/uftpd/libc.ts'
import { Storages } from '../../../../src/server/uftpd/storages.ts'

const { O_DIRECTORY, O_NOFOLLOW } = fs.constants

let directory: string
let nowMs: number
let opened: number[]

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'uftpd-storages-'))
  await writeFile(join(directory, 'file'), '')
  await symlink('file', join(directory, 'link'))
  nowMs = 0
  opened = []
})

afterEach(async () => {
  for (const fd of opened) fs.closeSync(fd)
  await rm(directory, { recursive: true })
})

function storages(libc: Libc): Storages {
  return new Storages(libc, { monotonicMs: () => nowMs })
}

async function pin(on: Storages, name: string, flags = 0): Promise<number> {
  const fd = await on.openPin(join(directory, name), oPath | flags)
  opened.push(fd)
  return fd
}

function inode(name: string): number {
  return fs.lstatSync(join(directory, name)).ino
}

test.each([
  ['with libc', loadLibc],
  ['without libc', async () => ({})],
])('%s the same is opened', async (_name, load) => {
  const on = storages(await load())
  const openedInode = async (name: string, flags?: number): Promise<number> =>
    fs.fstatSync(await pin(on, name, flags)).ino
  expect(await openedInode('link')).toBe(inode('file'))
  expect(await openedInode('link', O_NOFOLLOW)).toBe(inode('link'))
  expect(await openedInode('.', O_DIRECTORY)).toBe(inode('.'))
  for (const [name, code] of [
    ['missing', 'ENOENT'],
    ['file/below', 'ENOTDIR'],
    ['n'.repeat(256), 'ENAMETOOLONG'],
    ['n/'.repeat(2500), 'ENAMETOOLONG'],
  ] as const) {
    // The second time the kernel may know that there is nothing.
    await expect(pin(on, name)).rejects.toMatchObject({ code })
    await expect(pin(on, name)).rejects.toMatchObject({ code })
  }
  await expect(pin(on, 'file', O_DIRECTORY)).rejects.toMatchObject({ code: 'ENOTDIR' })
})

test('what is in memory is opened in this thread, and does not leak into other programs', async () => {
  const { open } = (await loadLibc()).pinCalls!
  fs.statSync(join(directory, 'file'))
  const fd = open(join(directory, 'file'), oPath)!
  opened.push(fd)
  const flags = /^flags:\s*(\d+)/m.exec(fs.readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))![1]!
  expect(Number.parseInt(flags, 8) & 0o2000000).toBe(0o2000000)
})

test('a device is asked once for all that is on it, and again after a while', async () => {
  const on = storages(await loadLibc())
  const first = await on.callsOn(await pin(on, 'file'))
  expect(first.trusted).toBe(true)
  expect(await on.callsOn(await pin(on, '.'))).toBe(first)
  nowMs += 1000
  expect(first.trusted).toBe(false)
  expect(await on.callsOn(await pin(on, '.'))).toBe(first)
  expect(first.trusted).toBe(true)
})

test('each device is a storage of its own', async () => {
  const on = storages(await loadLibc())
  const proc = fs.openSync('/proc/self', oPath)
  opened.push(proc)
  expect(await on.callsOn(proc)).not.toBe(await on.callsOn(await pin(on, 'file')))
})

test.each([
  ['/dev/shm', true],
  ['/proc/self', false],
])('only of what is known to be local the memory is true: %s', async (path, isLocal) => {
  const fd = fs.openSync(path, oPath)
  opened.push(fd)
  expect((await storages(await loadLibc()).callsOn(fd)).isLocal).toBe(isLocal)
})

test('what cannot be asked is never trusted', async () => {
  const { pinCalls } = await loadLibc()
  for (const libc of [{}, { pinCalls: { ...pinCalls!, statx: () => false } }]) {
    const on = storages(libc)
    expect((await on.callsOn(await pin(on, 'file'))).trusted).toBe(false)
  }
})
