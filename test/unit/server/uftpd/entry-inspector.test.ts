import * as fs from 'node:fs'
import {
  chmod,
  link,
  lstat,
  mkdir,
  mkdtemp,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { EntryInspector } from '../../../../src/server/uftpd/entry-inspector.ts'
import { statusOfItself } from '../../../../src/server/uftpd/file-status.ts'
import { oPath } from '../../../../src/server/uftpd/jail.ts'
import { loadLibc } from '../../../../src/server/uftpd/libc.ts'
import { QuickCalls } from '../../../../src/server/uftpd/quick-calls.ts'
import { systemClock } from '../../../../src/support/clock.ts'

let directory: string
let fd: number
let inspector: EntryInspector
const quick = new QuickCalls(systemClock)

beforeAll(async () => {
  inspector = new EntryInspector((await loadLibc()).entryCalls)
  directory = await mkdtemp(join(tmpdir(), 'uftpd-entries-'))
  fd = fs.openSync(directory, oPath)
})

afterAll(async () => {
  fs.closeSync(fd)
  await rm(directory, { recursive: true, force: true })
})

/** In the directory, by the name's bytes. */
function path(latin1: string): Buffer {
  return Buffer.concat([Buffer.from(`${directory}/`), Buffer.from(latin1, 'latin1')])
}

test.each([
  ['a file', 'file', (at: Buffer) => writeFile(at, 'four')],
  ['a file of nobody', 'bare', (at: Buffer) => writeFile(at, '', { mode: 0 })],
  ['a program', 'program', (at: Buffer) => writeFile(at, '', { mode: 0o755 })],
  [
    'a set-user-ID program',
    'special',
    async (at: Buffer) => {
      await writeFile(at, '')
      await chmod(at, 0o6711)
    },
  ],
  ['a directory', 'directory', (at: Buffer) => mkdir(at, 0o1777)],
  [
    'a file with two names',
    'twin',
    async (at: Buffer) => {
      await writeFile(at, '')
      await link(at, path('other'))
    },
  ],
  [
    'a sparse file above 4 GiB',
    'large',
    async (at: Buffer) => {
      await writeFile(at, '')
      fs.truncateSync(at, 2 ** 33 + 1)
    },
  ],
  [
    'a file of before 1970',
    'old',
    async (at: Buffer) => {
      await writeFile(at, '')
      await utimes(at, -1.5, -2_000_000_000)
    },
  ],
  ['a name beyond UTF-8', 'é\xff', (at: Buffer) => writeFile(at, '')],
  ['the longest name', 'n'.repeat(255), (at: Buffer) => writeFile(at, '')],
])('%s is told as by lstat(2) and access(2)', async (_, name, make) => {
  await make(path(name))
  const told = inspector.status(fd, name)
  expect(told).toEqual(await statusOfItself(quick, path(name)))
  expect(told?.inode).toBe((await lstat(path(name), { bigint: true })).ino)
})

test.each(['/dev/null', '/proc/version', '/sys/kernel', '/proc'])(
  '%s has the same device and birth time as for lstat(2)',
  async (file) => {
    const parent = fs.openSync(dirname(file), oPath)
    try {
      const { device, inode, mode, birthTimeNs } = await statusOfItself(quick, file)
      const told = inspector.status(parent, basename(file))
      expect(told).toMatchObject({ device, inode, mode, birthTimeNs })
    } finally {
      fs.closeSync(parent)
    }
  },
)

test('rights are asked for one by one only if not all are granted', async () => {
  const asked: number[] = []
  const { statx } = (await loadLibc()).entryCalls!
  const reader = new EntryInspector({
    statx,
    faccessat: (_directory, _name, rights) => {
      asked.push(rights)
      return rights === fs.constants.R_OK
    },
  })
  const granted = { readable: true, writable: false, executable: false }
  await writeFile(path('readable'), '', { mode: 0o755 })
  expect(reader.status(fd, 'readable')).toMatchObject(granted)
  expect(asked).toEqual([7, 4, 2, 1])
  await writeFile(path('plain'), '', { mode: 0o644 })
  expect(reader.status(fd, 'plain')).toMatchObject(granted)
  expect(asked.slice(4)).toEqual([6, 4, 2])
})

test('links, what is not there and what cannot be are not told', async () => {
  await symlink('file', path('link'))
  for (const name of ['link', 'missing', 'n'.repeat(256)]) {
    expect(inspector.status(fd, name)).toBeUndefined()
  }
})

test('without libc nothing is told', () => {
  expect(new EntryInspector(undefined).status(fd, '.')).toBeUndefined()
  expect(inspector.status(fd, '.')?.type).toBe('directory')
})
