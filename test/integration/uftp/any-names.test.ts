/** Names of any bytes but NUL and slash, where the server escapes paths. */

import { lstatSync, readdirSync, rmSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { decodeName, encodeName } from '../../../src/support/name-bytes.ts'
import type { UftpRemote } from '../../../src/uftp/remote.ts'
import { BufferSink } from '../../support/uftp/buffer-sink.ts'
import { OwnUftpd } from '../../support/uftp/remote-server.ts'

let server: OwnUftpd
let remote: UftpRemote

beforeAll(async () => {
  server = await OwnUftpd.start()
  remote = await server.connect()
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

/** What breaks lines, words, escapes and listings comes often. */
const specialBytes = [0x0a, 0x0d, 0x20, 0x25, 0x09, 0x3b, 0x22, 0x2e, 0xff, 0xc3, 0xa0, 0x41]
const byte = fc
  .oneof(fc.integer({ min: 1, max: 255 }), fc.constantFrom(...specialBytes))
  .filter((one) => one !== 0x2f)
const name = fc
  .array(byte, { minLength: 1, maxLength: 40 })
  .map((bytes) => decodeName(Uint8Array.from(bytes)))
  .filter((one) => one !== '.' && one !== '..')

function localPath(...names: readonly string[]): Buffer {
  return Buffer.concat([
    Buffer.from(server.base),
    ...names.flatMap((one) => [Buffer.from('/'), encodeName(one)]),
  ])
}

/** A failing run leaves its files to the next one, which shrinks it. */
function empty(): void {
  for (const left of readdirSync(server.base, { encoding: 'buffer' })) {
    rmSync(localPath(decodeName(left)), { recursive: true })
  }
}

async function everyVerb(
  directory: string,
  [first, second]: readonly [string, string],
): Promise<void> {
  const from = `/${directory}/${first}`
  const to = `/${directory}/${second}`
  await remote.makeDirectory(`/${directory}`, 0o700)
  await remote.create(from, 0o600)
  await remote.write(from, 0, [Buffer.from('content')])
  await remote.setAttributes(from, { mode: 0o640 })
  await remote.setAttributes(from, { mtimeNs: 1n })
  await remote.truncate(from, 4)
  await remote.link(from, to)
  const [a, b] = await Promise.all([remote.stat(from), remote.stat(to)])
  expect(a).toMatchObject({ size: 4, mode: 0o640, nlink: 2, fileId: b.fileId })
  await remote.removeFile(to)
  await remote.rename(from, to, 'replace')
  expect(lstatSync(localPath(directory, second)).size).toBe(4)
  const sink = new BufferSink(4)
  await remote.read(to, { start: 0, end: 4 }, sink)
  expect(sink.bytes.toString()).toBe('cont')
  await remote.makeSymlink(from, to)
  expect(await remote.stat(from)).toMatchObject({ linkTarget: to })
  const listed = (await remote.list(`/${directory}`)).map((entry) => entry.name)
  expect(listed.toSorted()).toEqual([first, second].toSorted())
  await remote.removeFile(from)
  await remote.removeFile(to)
  await remote.removeDirectory(`/${directory}`)
  expect(readdirSync(server.base)).toEqual([])
}

test('every verb takes them, listings tell them', async () => {
  const names = fc.tuple(name, name).filter(([a, b]) => a !== b)
  await fc.assert(fc.asyncProperty(name, names, everyVerb).afterEach(empty), { numRuns: 150 })
}, 60_000)
