/** Sessions that break, run out or are not granted, against a real server. */

import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../../src/support/clock.ts'
import { silentLogger } from '../../../src/support/logger.ts'
import { Secret } from '../../../src/support/secret.ts'
import { explainBaseDirectory } from '../../../src/uftp/base-directory.ts'
import type { UftpRemote } from '../../../src/uftp/remote.ts'
import type { SessionTicket } from '../../../src/uftp/session-ticket.ts'
import type { OpenedState } from '../../../src/vfs/remote.ts'
import { BufferSink } from '../../support/uftp/buffer-sink.ts'
import { CuttingProxy } from '../../support/uftp/cutting-proxy.ts'
import { OwnUftpd, RemoteServer } from '../../support/uftp/remote-server.ts'

describe('a session that breaks', () => {
  let server: RemoteServer
  let proxy: CuttingProxy
  let remote: UftpRemote

  beforeEach(async () => {
    server = await RemoteServer.start()
    proxy = await CuttingProxy.start(await server.ticket())
    const signOn = async (): Promise<SessionTicket> => {
      return { ...(await server.ticket()), host: '127.0.0.1', port: proxy.port }
    }
    remote = await server.connect({ signOn, timeoutMs: 20_000 })
  })

  afterEach(async () => {
    await server[Symbol.asyncDispose]()
    await proxy[Symbol.asyncDispose]()
  })

  test('is replaced for the next question', async () => {
    for (let round = 0; round < 3; round++) {
      proxy.cut()
      expect(await remote.stat('/')).toMatchObject({ type: 'directory' })
    }
  })

  test('is replaced under a read, which goes on where it was', async () => {
    const content = randomBytes(20 * 2 ** 20)
    writeFileSync(server.path('content'), content)
    const sink = new BufferSink(content.length)
    let isCut = false
    const cutting = {
      begin: () => sink.begin(),
      opened: (file: OpenedState) => sink.opened(file),
      space: () => sink.space(),
      advance: (length: number) => {
        sink.advance(length)
        if (isCut || sink.bytes.length < 5 * 2 ** 20) return
        isCut = true
        proxy.cut()
      },
    }
    const range = { start: 0, end: content.length }
    expect(await remote.read('/content', range, cutting)).toBe(content.length)
    expect(isCut).toBe(true)
    expect(sink.bytes.equals(content)).toBe(true)
    expect(sink.files.length).toBeGreaterThan(1)
    expect(sink.files.every((file) => file?.size === content.length)).toBe(true)
  })

  test.each([/STOR/, /EPSV/, /PASS/])('is replaced under a write (%s)', async (pattern) => {
    const data = randomBytes(300_000)
    const isCut = proxy.cutBefore(pattern)
    if (pattern.source === 'PASS') proxy.cut()
    await remote.write('/written', 10, [data])
    expect(isCut()).toBe(true)
    expect(readFileSync(server.path('written')).subarray(10).equals(data)).toBe(true)
  })

  test.each([
    ['before', 'cutBefore'],
    ['behind', 'cutBehind'],
  ] as const)('%s a change: it happens once', async (_, cutting) => {
    await remote.create('/first', 0o644)
    const steps: readonly (readonly [RegExp, () => Promise<unknown>, string, boolean])[] = [
      [/STOR|CREATE/, () => remote.create('/created', 0o600), 'created', true],
      [/MKD/, () => remote.makeDirectory('/made', 0o750), 'made', true],
      [/RNTO|RENAME/, () => remote.rename('/first', '/second', 'replace'), 'second', true],
      [/DELE/, () => remote.removeFile('/second'), 'second', false],
      [/RMD/, () => remote.removeDirectory('/made'), 'made', false],
    ]
    for (const [pattern, change, name, remains] of steps) {
      const isCut = proxy[cutting](pattern)
      await change()
      await remote.stat('/')
      expect(isCut()).toBe(true)
      expect(existsSync(server.path(name))).toBe(remains)
    }
  })

  test('while a name with blanks is away gives the name back', async () => {
    await remote.create('/with blank', 0o644)
    await remote.setAttributes('/with blank', { mode: 0o600 })
    const isCut = proxy.cutBehind(/RNTO|MFMT/)
    await remote.setAttributes('/with blank', { mtimeNs: 1_700_000_000_000_000_000n })
    await remote.stat('/')
    expect(isCut() || server.name === 'ours').toBe(true)
    expect(readdirSync(server.base)).toEqual(['with blank'])
  })

  test('with its server for good is EIO after the time limit', async () => {
    const impatient = await server.connect({
      signOn: async () => ({ ...(await server.ticket()), port: proxy.port, host: '127.0.0.1' }),
      timeoutMs: 1_000,
    })
    proxy.onClientData = () => false
    proxy.cut()
    const start = performance.now()
    await expect(impatient.stat('/')).rejects.toMatchObject({ code: 'EIO' })
    expect(performance.now() - start).toBeLessThan(5_000)
    proxy.onClientData = () => true
    expect(await impatient.stat('/')).toMatchObject({ type: 'directory' })
  })

  test('can be waited for until interrupted', async () => {
    proxy.onClientData = () => false
    proxy.cut()
    const interrupt = new AbortController()
    const waiting = remote.stat('/', interrupt.signal)
    setTimeout(() => interrupt.abort(new Error('interrupted')), 50)
    await expect(waiting).rejects.toThrow('interrupted')
  })

  test('and whose password is void: signs on again', async () => {
    const ticket = { ...(await server.ticket()), port: proxy.port }
    let given = 0
    const again = await server.connect({
      signOn: async () => {
        given += 1
        return given === 1 ? ticket : { ...(await server.ticket()), port: proxy.port }
      },
    })
    expect(await again.stat('/')).toMatchObject({ type: 'directory' })
    ticket.secret = new Secret('forgotten-by-the-server')
    proxy.cut()
    const answers = await Promise.all(Array.from({ length: 5 }, () => again.stat('/')))
    expect(answers[4]).toMatchObject({ type: 'directory' })
    expect(given).toBe(2)
  })
})

describe('few sessions', () => {
  test.each([1, 2, 3])('%i granted are enough for everything at once', async (granted) => {
    await using server = await OwnUftpd.start({ maxConnections: granted })
    const remote = await server.connect({ sessions: 4 })
    const data = randomBytes(400_000)
    await Promise.all(
      Array.from({ length: 12 }, (_, index) => remote.write(`/f${index}`, 0, [data])),
    )
    const results = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const sink = new BufferSink(data.length)
        await remote.read(`/f${index}`, { start: 0, end: data.length }, sink)
        await remote.stat(`/missing${index}`).catch(() => {})
        await remote.list('/')
        return sink.bytes.equals(data)
      }),
    )
    expect(results).toEqual(Array.from({ length: 12 }, () => true))
  })

  test('one session is what is asked for', async () => {
    await using server = await RemoteServer.start()
    const remote = await server.connect({ sessions: 1 })
    const data = randomBytes(400_000)
    await remote.write('/f', 0, [data])
    const answers = await Promise.all(
      Array.from({ length: 30 }, async (_, index) => {
        if (index % 3 === 0) return remote.stat('/missing').catch(() => true)
        if (index % 3 === 1) return (await remote.list('/')).length === 1
        const sink = new BufferSink(data.length)
        await remote.read('/f', { start: 0, end: data.length }, sink)
        return sink.bytes.equals(data)
      }),
    )
    expect(answers.every((answer) => answer === true)).toBe(true)
  })
})

describe('a login that is refused', () => {
  let server: RemoteServer

  beforeEach(async () => {
    server = await RemoteServer.start()
  })

  afterEach(async () => {
    await server[Symbol.asyncDispose]()
  })

  test('because the password is unknown', async () => {
    const connecting = server.connect({
      signOn: async () => ({ ...(await server.ticket()), secret: new Secret('wrong-secret') }),
    })
    await expect(connecting).rejects.toMatchObject({ name: 'ErrnoError', kind: 'unknown-secret' })
    await expect(connecting).rejects.not.toThrow(/wrong-secret/)
  })

  test('because the base directory is missing, which can be explained', async () => {
    const missing = server.path('missing')
    const connecting = server.connect({ signOn: () => server.ticket(missing), base: missing })
    await expect(connecting).rejects.toMatchObject({ kind: 'base-directory', code: 'ENOENT' })
    const explain = (directory: string): ReturnType<typeof explainBaseDirectory> =>
      explainBaseDirectory({
        signOnWithoutBase: () => server.ticket(''),
        directory,
        silenceMs: 5_000,
        log: silentLogger,
      })
    writeFileSync(server.path('file'), '')
    expect((await explain(missing))?.explanation).toBe(`remote directory ${missing} does not exist`)
    expect((await explain(server.path('file')))?.explanation).toMatch(/is not a directory$/)
    expect(await explain(server.base)).toBeUndefined()
  })

  test('because the directory to mount is missing or none', async () => {
    writeFileSync(server.path('file'), '')
    const missing = server.connect({ directory: server.path('missing') })
    await expect(missing).rejects.toMatchObject({ kind: 'directory', code: 'ENOENT' })
    const none = server.connect({ directory: server.path('file') })
    await expect(none).rejects.toMatchObject({ kind: 'directory', code: 'ENOTDIR' })
  })

  test('because nobody listens', async () => {
    const connecting = server.connect({
      signOn: async () => ({ ...(await server.ticket()), port: 1 }),
      clock: systemClock,
    })
    await expect(connecting).rejects.toThrow(/connect to 127\.0\.0\.1:1 \(ECONNREFUSED\)/)
  })

  test('never: a directory below the base is mounted', async () => {
    const remote = await server.connect()
    await remote.makeDirectory('/sub dir ', 0o755)
    await remote.create('/sub dir /file', 0o644)
    const below = await server.connect({ directory: server.path('sub dir ') })
    expect(await below.list('/')).toMatchObject([{ name: 'file' }])
    await below.write('/file', 0, [Buffer.from('x')])
    expect(readFileSync(server.path('sub dir /file'), 'utf8')).toBe('x')
  })
})
