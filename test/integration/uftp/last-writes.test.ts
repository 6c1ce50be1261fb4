/** Data and the attributes that follow it without a wait, against a real server. */

import { randomBytes } from 'node:crypto'
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { UftpRemote } from '../../../src/uftp/remote.ts'
import { CuttingProxy, withoutFeatures } from '../../support/uftp/cutting-proxy.ts'
import { RemoteServer } from '../../support/uftp/remote-server.ts'

const content = randomBytes(300_000)
const mtimeNs = 1_705_300_000_000_000_000n
const wanted = { mode: 0o440, mtimeNs }

let server: RemoteServer
let proxy: CuttingProxy

beforeEach(async () => {
  server = await RemoteServer.start()
  proxy = await CuttingProxy.start(await server.ticket())
})

afterEach(async () => {
  await server[Symbol.asyncDispose]()
  await proxy[Symbol.asyncDispose]()
})

/** Without what FEAT tells of `hidden`, if anything. */
function connect(hidden?: RegExp): Promise<UftpRemote> {
  if (hidden) proxy.onServerData = (text) => withoutFeatures(text, hidden)
  return server.connect({
    signOn: async () => ({ ...(await server.ticket()), host: '127.0.0.1', port: proxy.port }),
    timeoutMs: 20_000,
  })
}

/** From one command for all to each for itself. */
const servers: readonly (readonly [string, RegExp | undefined])[] = [
  ['as it is', undefined],
  ['without SITE STORE', /^ SITE STORE/],
  ['that does not tell facts', /^ REPLY-FACTS/],
  ['that sets one thing at a time', /^ (REPLY-FACTS|MFF)/],
]

function assertStored(name: string): void {
  const { mode, mtimeNs: time } = statSync(server.path(name), { bigint: true })
  expect({ mode: Number(mode) & 0o7777, mtimeNs: time }).toEqual(wanted)
  expect(readFileSync(server.path(name)).equals(content)).toBe(true)
}

describe.each(servers)('of a server %s', (_, hidden) => {
  /** With blanks stock UFTPD gives the file another name while it is changed. */
  test.each(['plain', 'a file', 'a directory/file', 'a directory/ a file '])(
    'all of "%s" arrives, and is told',
    async (name) => {
      const remote = await connect(hidden)
      await remote.makeDirectory('/a directory', 0o755)
      await remote.create(`/${name}`, 0o600)
      const { size, attributes } = await remote.writeLast(`/${name}`, 0, [content], wanted)
      expect(size).toBe(content.length)
      expect(attributes).toMatchObject({ status: 'fulfilled', value: wanted })
      assertStored(name)
      expect(await remote.stat(`/${name}`)).toMatchObject({ ...wanted, size })
    },
  )

  test('what cannot be set is told beside the data', async () => {
    const remote = await connect(hidden)
    await remote.create('/file', 0o600)
    const never = { mode: 0o640, mtimeNs: 2n ** 60n * 1_000n }
    const { size, attributes } = await remote.writeLast('/file', 0, [content], never)
    expect(size).toBe(content.length)
    expect(attributes).toMatchObject({ status: 'rejected', reason: { code: 'EOPNOTSUPP' } })
    expect(readFileSync(server.path('file')).equals(content)).toBe(true)
  })

  test('refused data is told, and the session goes on', async () => {
    const remote = await connect(hidden)
    const refused = remote.writeLast('/no/such', 0, [content], wanted)
    await expect(refused).rejects.toMatchObject({ code: 'ENOENT' })
    await remote.create('/after', 0o600)
    await remote.writeLast('/after', 0, [content], wanted)
    assertStored('after')
  })

  /** The second half, when the first is there: what is sent again must not make another file. */
  test.each([
    ['the data', 'file', /STOR/],
    ['the attributes', 'file', /MFF|MFMT|STORE/],
    ['another name for the moment', 'a file', /RNTO|MFF|MFMT|STORE/],
  ])('a session that breaks behind the command for %s', async (_command, name, pattern) => {
    const remote = await connect(hidden)
    const half = content.length / 2
    await remote.create(`/${name}`, 0o600)
    await remote.write(`/${name}`, 0, [content.subarray(0, half)])
    const isCut = proxy.cutBehind(pattern)
    await remote.writeLast(`/${name}`, half, [content.subarray(half)], { ...wanted, mode: 0o640 })
    expect(isCut()).toBe(true)
    await remote.setAttributes(`/${name}`, { mode: wanted.mode })
    expect(readdirSync(server.base)).toEqual([name])
    assertStored(name)
  })
})

test('many at once do not meet', async () => {
  const remote = await connect()
  const names = Array.from({ length: 12 }, (_, index) => (index % 3 ? `f${index}` : `f ${index}`))
  await Promise.all(
    names.map(async (name) => {
      await remote.create(`/${name}`, 0o600)
      await remote.writeLast(`/${name}`, 0, [content], wanted)
    }),
  )
  expect(readdirSync(server.base).toSorted()).toEqual(names.toSorted())
  for (const name of names) assertStored(name)
})
