/** Times, space, durability and copies where the server has the extensions of docs/PROTOCOL.md §10. */

import { execFileSync } from 'node:child_process'
import { lstatSync, readFileSync, statfsSync, symlinkSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { UftpRemote } from '../../../src/uftp/remote.ts'
import { OwnUftpd } from '../../support/uftp/remote-server.ts'

let server: OwnUftpd
let remote: UftpRemote
const path = (name: string): string => server.path(name)

beforeAll(async () => {
  server = await OwnUftpd.start()
  remote = await server.connect()
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

describe('times', () => {
  const mtimeNs = 1_700_000_000_123_456_789n
  const atimeNs = -1_000_000_001n

  test('are kept to the nanosecond, alone or together', async () => {
    await remote.create('/timed', 0o600)
    const both = await remote.setAttributes('/timed', { mtimeNs, atimeNs })
    expect(both).toMatchObject({ mtimeNs, atimeNs })
    expect(lstatSync(path('timed'), { bigint: true })).toMatchObject({ mtimeNs, atimeNs })
    expect(await remote.setAttributes('/timed', { mtimeNs: 1n })).toMatchObject({
      mtimeNs: 1n,
      atimeNs,
    })
    const atimeOnly = await remote.setAttributes('/timed', { atimeNs: 2n })
    expect(atimeOnly).toMatchObject({ mtimeNs: 1n, atimeNs: 2n })
  })

  test('now is the time of the change', async () => {
    await remote.create('/now', 0o600)
    await remote.setAttributes('/now', { mtimeNs: 0n, atimeNs: 0n })
    const { mtimeNs: got, ctimeNs } = await remote.setAttributes('/now', { mtimeNs: 'now' })
    expect(ctimeNs! - got).toBeLessThan(1_000_000_000n)
    expect((await remote.stat('/now')).atimeNs).toBe(0n)
  })

  test('of a link are its own', async () => {
    writeFileSync(path('target'), '')
    const before = lstatSync(path('target'), { bigint: true })
    symlinkSync('target', path('timed link'))
    await remote.setAttributes('/timed link', { mtimeNs, atimeNs: 7n })
    expect(lstatSync(path('timed link'), { bigint: true }).mtimeNs).toBe(mtimeNs)
    expect(lstatSync(path('target'), { bigint: true }).mtimeNs).toBe(before.mtimeNs)
  })

  test('that cannot be kept are refused and the old ones stay', async () => {
    await remote.create('/steady', 0o600)
    const before = await remote.setAttributes('/steady', { mtimeNs, atimeNs: 5n })
    const refused = remote.setAttributes('/steady', { mtimeNs: 2n ** 60n * 200n })
    await expect(refused).rejects.toMatchObject({ code: 'EOPNOTSUPP' })
    // Beyond what inodes of some file systems hold; kernels then set another time without a word.
    const far = 2n ** 60n * 100n
    const result = await remote
      .setAttributes('/steady', { mtimeNs: far, atimeNs: far })
      .catch((error: { code: string }) => error.code)
    if (result === 'EOPNOTSUPP') {
      expect(await remote.stat('/steady')).toMatchObject({ mtimeNs, atimeNs: before.atimeNs })
    } else {
      expect(result).toMatchObject({ mtimeNs: far, atimeNs: far })
    }
  })
})

describe('storage', () => {
  test('tells its space', async () => {
    const local = statfsSync(server.base)
    expect(await remote.statistics('/')).toMatchObject({
      blockSize: local.bsize,
      blocks: local.blocks,
      nameLengthMax: 255,
    })
  })

  test('syncs files and directories, and nothing else', async () => {
    await remote.create('/to sync', 0o600)
    await remote.sync('/to sync')
    await remote.sync('/')
    await expect(remote.sync('/missing')).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('copies ranges', async () => {
    writeFileSync(path('source'), '0123456789')
    writeFileSync(path('copy of it'), 'abcdefgh')
    expect(await remote.copy('/source', { start: 2, end: 5 }, '/copy of it', 1)).toBe(3)
    expect(readFileSync(path('copy of it'), 'utf8')).toBe('a234efgh')
    expect(await remote.copy('/source', { start: 8, end: 100 }, '/copy of it', 8)).toBe(2)
    expect(readFileSync(path('copy of it'), 'utf8')).toBe('a234efgh89')
    const into = remote.copy('/source', { start: 0, end: 1 }, '/no such', 0)
    await expect(into).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('copies more than one command carries', async () => {
    execFileSync('truncate', ['-s', '150000000', path('large')])
    writeFileSync(path('large copy'), '')
    const range = { start: 1, end: 200_000_000 }
    expect(await remote.copy('/large', range, '/large copy', 5)).toBe(149_999_999)
    expect(lstatSync(path('large copy')).size).toBe(150_000_004)
  })

  test('truncates to any size', async () => {
    writeFileSync(path('to cut'), 'x'.repeat(100))
    for (const size of [100, 7, 5_000_000_000, 0]) {
      await remote.truncate('/to cut', size)
      expect(lstatSync(path('to cut')).size).toBe(size)
    }
    await expect(remote.truncate('/', 0)).rejects.toMatchObject({ code: 'EISDIR' })
    await expect(remote.truncate('/nothing', 0)).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
