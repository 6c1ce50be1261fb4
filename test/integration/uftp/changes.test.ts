/** Creating, removing, renaming, modes and times against a real server. */

import { chownSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { UftpRemote } from '../../../src/uftp/remote.ts'
import { BufferSink } from '../../support/uftp/buffer-sink.ts'
import { RemoteServer } from '../../support/uftp/remote-server.ts'

let server: RemoteServer
let remote: UftpRemote

beforeAll(async () => {
  server = await RemoteServer.start()
  remote = await server.connect()
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

function modeOf(name: string): number {
  return statSync(server.path(name)).mode & 0o7777
}

describe('create', () => {
  test.each([0o644, 0o600, 0o755, 0o400, 0o640, 0o000])('with mode %o', async (mode) => {
    const name = `made with ${mode}`
    const attributes = await remote.create(`/${name}`, mode)
    expect(attributes).toMatchObject({ type: 'file', size: 0, mode })
    expect(modeOf(name)).toBe(mode)
    const { access: _, ...known } = attributes // what the mode allows is asked for when needed
    expect(await remote.stat(`/${name}`)).toMatchObject(known)
  })

  test('of what exists is EEXIST and changes nothing', async () => {
    writeFileSync(server.path('existing'), 'content')
    mkdirSync(server.path('existing directory'))
    await expect(remote.create('/existing', 0o600)).rejects.toMatchObject({ code: 'EEXIST' })
    const over = remote.create('/existing directory', 0o600)
    await expect(over).rejects.toMatchObject({ code: 'EEXIST' })
    expect(readFileSync(server.path('existing'), 'utf8')).toBe('content')
  })

  test('without its directory is ENOENT', async () => {
    await expect(remote.create('/no/file', 0o600)).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe('directories', () => {
  test.each([0o755, 0o700, 0o2770])('are made with mode %o', async (mode) => {
    const name = `directory ${mode}`
    const attributes = await remote.makeDirectory(`/${name}`, mode)
    expect(attributes).toMatchObject({ type: 'directory', mode })
    expect(modeOf(name)).toBe(mode)
  })

  test('that exist or lack a parent are refused', async () => {
    mkdirSync(server.path('there'))
    await expect(remote.makeDirectory('/there', 0o755)).rejects.toMatchObject({ code: 'EEXIST' })
    await expect(remote.makeDirectory('/no/x', 0o755)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('are removed when empty', async () => {
    await remote.makeDirectory('/to remove', 0o755)
    await remote.create('/to remove/file', 0o644)
    const full = remote.removeDirectory('/to remove')
    await expect(full).rejects.toMatchObject({ code: 'ENOTEMPTY' })
    await remote.removeFile('/to remove/file')
    await remote.removeDirectory('/to remove')
    expect(existsSync(server.path('to remove'))).toBe(false)
  })

  test('and files are not removed as each other', async () => {
    await remote.makeDirectory('/d', 0o755)
    await remote.create('/f', 0o644)
    await expect(remote.removeFile('/d')).rejects.toMatchObject({ code: 'EISDIR' })
    await expect(remote.removeDirectory('/f')).rejects.toMatchObject({ code: 'ENOTDIR' })
    await expect(remote.removeFile('/nothing')).rejects.toMatchObject({ code: 'ENOENT' })
    await expect(remote.removeDirectory('/nothing')).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe('rename', () => {
  test('moves and replaces', async () => {
    await remote.write('/from ', 0, [Buffer.from('new')])
    await remote.write('/ to', 0, [Buffer.from('old content')])
    await remote.rename('/from ', '/ to', 'replace')
    expect(readFileSync(server.path(' to'), 'utf8')).toBe('new')
    expect(existsSync(server.path('from '))).toBe(false)
  })

  test('refuses as rename(2) does', async () => {
    await remote.makeDirectory('/r', 0o755)
    await remote.makeDirectory('/r/full', 0o755)
    await remote.create('/r/full/file', 0o644)
    await remote.makeDirectory('/r/other', 0o755)
    const refused = async (from: string, to: string, code: string): Promise<void> => {
      await expect(remote.rename(from, to, 'replace')).rejects.toMatchObject({ code })
    }
    await refused('/r/nothing', '/r/x', 'ENOENT')
    await refused('/r/other', '/r/full', 'ENOTEMPTY')
    await refused('/r/full/file', '/r/other', 'EISDIR')
    await refused('/r/other', '/r/full/file', 'ENOTDIR')
    await refused('/r', '/r/other/below', 'EINVAL')
  })

  test('of many files at once keeps them apart', async () => {
    await remote.makeDirectory('/moves', 0o755)
    const numbers = Array.from({ length: 50 }, (_, index) => index)
    await Promise.all(
      numbers.map((index) => remote.write(`/moves/a${index}`, 0, [Buffer.from(`${index}`)])),
    )
    await Promise.all(
      numbers.map((index) => remote.rename(`/moves/a${index}`, `/moves/b${index}`, 'replace')),
    )
    for (const index of numbers) {
      expect(readFileSync(server.path(`moves/b${index}`), 'utf8')).toBe(`${index}`)
    }
  })
})

/** Blanks in the directory, in the name, in both: stock UFTPD refuses them in MFMT and MFF. */
const places = ['facts', 'a fact', 'with blank/facts', 'with blank/a fact', 'with blank/ trail ']

describe.each(places)('facts of "%s"', (name) => {
  beforeAll(() => {
    mkdirSync(server.path('with blank'), { recursive: true })
    writeFileSync(server.path(name), 'content')
    const { uid, gid } = statSync(server.base)
    for (const path of [server.path('with blank'), server.path(name)]) {
      if (process.getuid?.() === 0) chownSync(path, uid, gid)
    }
  })

  test.each([0o600, 0o755, 0o4750])('mode %o', async (mode) => {
    await remote.setAttributes(`/${name}`, { mode })
    expect(modeOf(name)).toBe(mode)
  })

  test.each([
    ['the epoch', 0n],
    ['before it', -86_400_000_000_000n],
    ['winter', 1_705_300_000_123_456_789n],
    ['summer', 1_721_000_000_999_999_999n],
    ['another winter', 1_800_000_000_000_000_000n],
    ['beyond 32 bits', 5_000_000_000_000_000_000n],
  ])('time in %s', async (_, wanted) => {
    const { mtimeNs: got } = await remote.setAttributes(`/${name}`, { mtimeNs: wanted })
    const real = statSync(server.path(name), { bigint: true }).mtimeNs
    expect(got).toBe(real)
    const rest =
      ((wanted % server.timeGranularityNs) + server.timeGranularityNs) % server.timeGranularityNs
    expect(got).toBe(wanted - rest)
    expect((await remote.stat(`/${name}`)).mtimeNs).toBe(real)
  })

  test('content and neighbours are untouched', async () => {
    expect(readFileSync(server.path(name), 'utf8')).toBe('content')
    expect((await remote.list('/')).some(({ name: other }) => other.startsWith('.'))).toBe(false)
  })
})

test('facts change under readers, writers and listings without anybody noticing', async () => {
  const names = ['busy file', 'busy too', 'busy']
  await Promise.all(names.map((name) => remote.write(`/${name}`, 0, [Buffer.alloc(100_000, 1)])))
  const work = names.map(async (name) => {
    const path = `/${name}`
    const range = { start: 0, end: 100_000 }
    for (let index = 0; index < 10; index++) {
      const change =
        index % 2 === 0
          ? remote.setAttributes(path, { mtimeNs: 1_700_000_000_000_000_000n })
          : Promise.all([
              remote.setAttributes(path, { mode: 0o600 + index }),
              remote.write(path, index * 1000, [Buffer.alloc(1000, 1)]),
            ])
      const [listing, delivered] = await Promise.all([
        remote.list('/'),
        remote.read(path, range, new BufferSink(100_000)),
        remote.stat(path),
        change,
      ])
      expect(listing.filter((entry) => names.includes(entry.name))).toHaveLength(names.length)
      expect(listing.filter((entry) => entry.name.startsWith('.'))).toEqual([])
      expect(delivered).toBe(100_000)
    }
  })
  await Promise.all(work)
  for (const name of names) {
    expect(readFileSync(server.path(name)).equals(Buffer.alloc(100_000, 1))).toBe(true)
  }
})

describe('facts of what is missing', () => {
  test.each(['/missing', '/miss ing', '/no such/file', '/no such/fi le'])('%s', async (path) => {
    await expect(remote.setAttributes(path, { mode: 0o644 })).rejects.toMatchObject({
      code: 'ENOENT',
    })
    await expect(remote.setAttributes(path, { mtimeNs: 0n })).rejects.toMatchObject({
      code: 'ENOENT',
    })
  })
})
