/** Sign-on: against our Auth server, and against answers that other servers give. */

import { once } from 'node:events'
import { createServer as createPlain, type IncomingMessage, type Server } from 'node:http'
import { createServer as createTls } from 'node:https'
import { createServer as createTcp, type AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { selfSignedCredential } from '../../../src/server/auth/self-signed.ts'
import { systemClock } from '../../../src/support/clock.ts'
import { silentLogger, type LogFields, type Logger } from '../../../src/support/logger.ts'
import { Secret } from '../../../src/support/secret.ts'
import { signOn, type SignOnOptions } from '../../../src/uftp/auth/auth-client.ts'
import { UftpRemote } from '../../../src/uftp/remote.ts'
import { AuthServerFixture, demoPassword, demoUser } from '../../support/auth-server-fixture.ts'

const password = 'geheim-pass:wörd'

function options(url: string, more: Partial<SignOnOptions> = {}): SignOnOptions {
  const credentials = { kind: 'basic', user: 'demo', password: new Secret(password) } as const
  return { url: new URL(url), serverPath: '/base', credentials, log: silentLogger, ...more }
}

describe('our Auth server', () => {
  let fixture: AuthServerFixture

  beforeAll(async () => {
    fixture = await AuthServerFixture.start()
  })

  afterAll(async () => {
    await fixture[Symbol.asyncDispose]()
  })

  function request(more: Partial<SignOnOptions> = {}): SignOnOptions {
    return options(`${fixture.auth.url}/TEST`, {
      serverPath: fixture.server.base,
      credentials: { kind: 'basic', user: demoUser, password: new Secret(demoPassword) },
      ca: fixture.certificate,
      ...more,
    })
  }

  test('gives a ticket that opens sessions', async () => {
    await using remote = await UftpRemote.connect({
      signOn: (signal) => signOn(request(), signal),
      base: fixture.server.base,
      log: silentLogger,
      clock: systemClock,
    })
    await remote.write('/file', 0, [Buffer.from('content')])
    expect(await remote.list('/')).toMatchObject([{ name: 'file', attributes: { size: 7 } }])
  })

  test('refuses a wrong password', async () => {
    const credentials = { kind: 'basic', user: demoUser, password: new Secret('x') } as const
    await expect(signOn(request({ credentials }))).rejects.toMatchObject({
      kind: 'refused',
      message: expect.stringContaining(`password of "${demoUser}"`),
    })
  })

  test('does not know another site', async () => {
    const url = new URL(`${fixture.auth.url}/NOWHERE`)
    await expect(signOn(request({ url }))).rejects.toMatchObject({
      kind: 'unknown-site',
      message: expect.stringContaining('no site "NOWHERE"'),
    })
  })

  test('is not trusted without its certificate, unless told so', async () => {
    const { ca: _, ...untrusting } = request()
    await expect(signOn(untrusting)).rejects.toMatchObject({
      kind: 'tls',
      message: expect.stringMatching(/--cacert FILE.*--insecure/),
    })
    expect(await signOn({ ...untrusting, insecure: true })).toHaveProperty('secret')
  })
})

describe('answers of all kinds', () => {
  const servers: Server[] = []
  let url: string
  let seen: { request: IncomingMessage; body: string } | undefined
  let answer: { status: number; headers?: Record<string, string>; body: string | Buffer }

  beforeAll(async () => {
    const server = createPlain((request, response) => {
      let body = ''
      request.on('data', (piece) => (body += piece))
      request.on('end', () => {
        seen = { request, body }
        response.writeHead(answer.status, answer.headers)
        response.end(answer.body)
      })
    })
    url = `http://127.0.0.1:${await listening(server)}/rest/auth/TEST`
    servers.push(server)
  })

  afterAll(() => {
    for (const server of servers) server.close()
  })

  function says(status: number, body: unknown, headers: Record<string, string> = {}): void {
    answer = { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) }
  }

  const good = { serverHost: 'uftp.example.org', serverPort: 64434, secret: 'abcdefghij' }

  test.each([
    ['boolean', { success: true, reason: '', ...good }],
    ['string', { success: 'true', ...good, serverPort: '64434' }],
  ])('success as %s', async (_, body) => {
    says(200, body)
    const ticket = await signOn(options(url))
    expect(ticket).toMatchObject({ host: 'uftp.example.org', port: 64434 })
    expect(ticket.secret.reveal()).toBe('abcdefghij')
    expect(JSON.stringify(ticket)).not.toContain('abcdefghij')
  })

  test.each([
    ['/dir', '/dir/'],
    ['/dir/', '/dir/'],
    ['', ''],
    ['rel/dir', 'rel/dir/'],
  ])('the path %j is asked for as %j', async (serverPath, asked) => {
    says(200, { success: true, ...good })
    await signOn(options(url, { serverPath }))
    expect(JSON.parse(seen!.body)).toEqual({ persistent: 'true', serverPath: asked })
    expect(seen!.request.method).toBe('POST')
    expect(seen!.request.headers['content-type']).toBe('application/json')
    const basic = `Basic ${Buffer.from(`demo:${password}`).toString('base64')}`
    expect(seen!.request.headers.authorization).toBe(basic)
  })

  test.each([
    ['bearer', 'Bearer tok'],
    ['anonymous', undefined],
  ] as const)('%s credentials', async (kind, header) => {
    says(200, { success: true, ...good })
    const credentials =
      kind === 'bearer' ? ({ kind, token: new Secret('tok') } as const) : ({ kind } as const)
    await signOn(options(url, { credentials }))
    expect(seen!.request.headers.authorization).toBe(header)
  })

  test.each([
    [401, '', 'refused', 'user name or password of "demo"'],
    [403, '<html>', 'refused', 'user name or password of "demo"'],
    [404, { errorMessage: "No such server: 'TEST'" }, 'unknown-site', "No such server: 'TEST'"],
    [429, '', 'refused', 'pause'],
    [503, { errorMessage: 'DOWN', status: 503 }, 'unavailable', 'DOWN'],
    [
      500,
      { errorMessage: "UFTPD server 'TEST': ERROR::Too many active sessions for 'demo'\n" },
      'server',
      'Too many active sessions',
    ],
    [500, { errorMessage: 'Cannot connect to UFTPD server x' }, 'unavailable', 'Cannot connect'],
    [400, { errorMessage: 'no such group' }, 'server', 'no such group'],
    [502, '<html>bad gateway</html>', 'server', 'status 502'],
    [200, { success: false, reason: 'not today' }, 'refused', 'not today'],
    [200, { success: 'false', reason: 'not\n\u001b[31mtoday' }, 'refused', 'not [31mtoday'],
    [200, '<html>welcome</html>', 'server', 'did not answer with JSON'],
    [200, '[]', 'refused', 'no reason given'],
    [200, { success: true, serverHost: 'x', serverPort: 0, secret: 's' }, 'server', 'without host'],
    [200, { success: true }, 'server', 'without host'],
  ])('%i %j is %s', async (status, body, kind, message) => {
    says(status, body)
    const failure = await signOn(options(url)).catch((error: unknown) => error)
    expect(failure).toMatchObject({ kind, message: expect.stringContaining(message) })
    expect((failure as Error).message).not.toContain('\n')
    expect(`${(failure as Error).stack}${JSON.stringify(failure)}`).not.toContain('geheim')
  })

  test('a redirect is not followed', async () => {
    says(302, '', { location: 'https://elsewhere.example/' })
    await expect(signOn(options(url))).rejects.toMatchObject({
      kind: 'server',
      message: expect.stringContaining('redirects to https://elsewhere.example/'),
    })
  })

  test('an endless answer is cut off', async () => {
    answer = { status: 200, body: Buffer.alloc(2 * 1024 * 1024, 0x20) }
    await expect(signOn(options(url))).rejects.toMatchObject({ kind: 'server' })
  })

  test('the password reaches no log', async () => {
    const lines: unknown[] = []
    const note = (message: string, fields?: LogFields): void => void lines.push(message, fields)
    const log: Logger = {
      ...silentLogger,
      warn: note,
      info: note,
      debug: note,
      trace: note,
      child: () => log,
    }
    says(200, { success: true, ...good })
    await signOn(options(url, { log }))
    expect(lines.length).toBeGreaterThan(0)
    expect(JSON.stringify(lines)).not.toMatch(/geheim|abcdefghij/)
  })
})

describe('nobody to talk to', () => {
  test('a refused connection names host and port', async () => {
    await expect(signOn(options('https://127.0.0.1:1/rest/auth/X'))).rejects.toMatchObject({
      kind: 'network',
      message: 'cannot reach 127.0.0.1:1: connection refused',
    })
  })

  test('an unknown host is named', async () => {
    await expect(signOn(options('https://no.such.host.invalid/x'))).rejects.toMatchObject({
      kind: 'network',
      message: expect.stringMatching(/^cannot reach no\.such\.host\.invalid:443: host name/),
    })
  })

  test('silence ends after the time limit, or when interrupted', async () => {
    const silent = createTcp(() => {})
    silent.listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const url = `https://127.0.0.1:${(silent.address() as AddressInfo).port}/rest/auth/X`
    await expect(signOn(options(url, { timeoutMs: 100 }))).rejects.toMatchObject({
      kind: 'network',
      message: expect.stringContaining('no answer from 127.0.0.1 within 0.1 s'),
    })
    const interrupt = new AbortController()
    const waiting = signOn(options(url), interrupt.signal)
    interrupt.abort(new Error('interrupted'))
    await expect(waiting).rejects.toThrow('interrupted')
    silent.close()
  })

  test('TLS spoken to a server without is a TLS failure', async () => {
    const plain = createPlain(() => {})
    const port = await listening(plain)
    await expect(signOn(options(`https://127.0.0.1:${port}/x`))).rejects.toMatchObject({
      kind: 'tls',
    })
    plain.close()
  })

  test.each([
    ['for another host', undefined, '127.0.0.2'],
    ['that is none', '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n', '127.0.0.1'],
  ])('a certificate %s is a TLS failure', async (_, ca, host) => {
    const { certificate, key } = await selfSignedCredential()
    const server = createTls({ cert: certificate, key }, () => {})
    const port = await listening(server, host)
    const request = options(`https://${host}:${port}/x`, { ca: ca ?? certificate })
    await expect(signOn(request)).rejects.toMatchObject({ kind: 'tls' })
    server.close()
  })
})

async function listening(server: Server, host = '127.0.0.1'): Promise<number> {
  server.listen(0, host)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
