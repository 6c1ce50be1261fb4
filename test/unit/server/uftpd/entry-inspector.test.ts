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
import {
  EntryInspector,
  type InspectedDirectory,
} from '../../../../src/server/uftpd/entry-inspector.ts'
import { statusOfItself } from '../../../../src/server/uftpd/file-status.ts'
import { oPath } from '../../../../src/server/uftpd/jail.ts'
import { loadLibc, type EntryCalls } from '../../../../src/server/uftpd/libc.ts'
import { QuickCalls } from '../../../../src/server/uftpd/quick-calls.ts'
import { systemClock } from '../../../../src/support/clock.ts'

let directory: string
let inspected: InspectedDirectory
let inspector: EntryInspector
const quick = new QuickCalls(systemClock)

beforeAll(async () => {
  inspector = new EntryInspector((await loadLibc()).entryCalls)
  directory = await mkdtemp(join(tmpdir(), 'uftpd-entries-'))
  inspected = open(directory)
})

afterAll(async () => {
  fs.closeSync(inspected.fd)
  await rm(directory, { recursive: true, force: true })
})

function open(place: string, isLocal = true): InspectedDirectory {
  const fd = fs.openSync(place, oPath)
  return { fd, device: fs.fstatSync(fd, { bigint: true }).dev, isLocal }
}

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
  const expected = await statusOfItself(quick, path(name))
  expect(expected.inode).toBe((await lstat(path(name), { bigint: true })).ino)
  expect(inspector.status(inspected, name)).toEqual(expected)
  expect(inspector.status({ ...inspected, isLocal: false }, name)).toEqual(expected)
})

test.each(['/dev/null', '/proc/version', '/sys/kernel'])(
  '%s has the same device and birth time as for lstat(2)',
  async (file) => {
    const parent = open(dirname(file))
    try {
      const { device, inode, mode, birthTimeNs } = await statusOfItself(quick, file)
      const told = inspector.status(parent, basename(file))
      expect(told).toMatchObject({ device, inode, mode, birthTimeNs })
    } finally {
      fs.closeSync(parent.fd)
    }
  },
)

/** Real calls that note what they are asked for. */
async function noting(asked: string[]): Promise<EntryCalls> {
  const real = (await loadLibc()).entryCalls!
  return {
    recall: (...args) => {
      asked.push('recall')
      return real.recall(...args)
    },
    statx: (...args) => {
      asked.push('statx')
      return real.statx(...args)
    },
    faccessat: (...args) => {
      asked.push('faccessat')
      return real.faccessat(...args)
    },
  }
}

test.each([true, false])('what is mounted there is not asked: local %s', async (isLocal) => {
  const asked: string[] = []
  const root = open('/', isLocal)
  try {
    expect(new EntryInspector(await noting(asked)).status(root, 'proc')).toBeUndefined()
    expect(asked).toEqual(['recall'])
  } finally {
    fs.closeSync(root.fd)
  }
})

test('what others may have changed is asked for', async () => {
  await writeFile(path('shared'), '')
  const asked: string[] = []
  const reader = new EntryInspector(await noting(asked))
  reader.status(inspected, 'shared')
  expect(asked).toEqual(['recall', 'faccessat'])
  reader.status({ ...inspected, isLocal: false }, 'shared')
  expect(asked.slice(2)).toEqual(['recall', 'statx', 'faccessat'])
})

test('sizes', async () => {
  await writeFile(path('sized\xff'), 'content')
  expect(inspector.size(inspected.fd, 'sized\udcff')).toBe(7)
  for (const name of ['missing', 'n'.repeat(256)])
    expect(inspector.size(inspected.fd, name)).toBe(0)
})

test('rights are asked for one by one only if not all are granted', async () => {
  const asked: number[] = []
  const reader = new EntryInspector({
    ...(await loadLibc()).entryCalls!,
    faccessat: (_directory, _name, rights) => {
      asked.push(rights)
      return rights === fs.constants.R_OK
    },
  })
  const granted = { readable: true, writable: false, executable: false }
  await writeFile(path('readable'), '', { mode: 0o755 })
  expect(reader.status(inspected, 'readable')).toMatchObject(granted)
  expect(asked).toEqual([7, 4, 2, 1])
  await writeFile(path('plain'), '', { mode: 0o644 })
  expect(reader.status(inspected, 'plain')).toMatchObject(granted)
  expect(asked.slice(4)).toEqual([6, 4, 2])
})

test('what is not there and what cannot be is not told, of links nothing more', async () => {
  await symlink('file', path('link'))
  expect(inspector.status(inspected, 'link')).toBe('link')
  for (const name of ['missing', 'n'.repeat(256)]) {
    expect(inspector.status(inspected, name)).toBeUndefined()
  }
})

test('without libc nothing is told', () => {
  expect(new EntryInspector(undefined).status(inspected, '.')).toBeUndefined()
  expect(inspector.status(inspected, '.')).toMatchObject({ type: 'directory' })
})
