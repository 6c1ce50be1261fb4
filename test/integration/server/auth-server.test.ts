/** The Auth server through HTTPS, with a real uftpd behind it. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  AuthServerFixture,
  demoName,
  demoPassword,
  demoUser,
} from '../../support/auth-server-fixture.ts'
import { RawFtpClient } from '../../support/raw-ftp-client.ts'

let chain: AuthServerFixture
beforeEach(async () => {
  chain = await AuthServerFixture.start()
})
afterEach(async () => {
  await chain[Symbol.asyncDispose]()
})

const multiFile = '___UFTP___MULTI___FILE___SESSION___MODE___'

describe('POST /rest/auth/NAME', () => {
  test('opens a session that can be used', async () => {
    const { base, uftpd } = chain.server
    const { status, json } = await chain.signOn({ persistent: true, serverPath: `${base}/` })
    expect(status).toBe(200)
    expect(json).toEqual({
      success: true,
      reason: '',
      serverHost: '127.0.0.1',
      serverPort: uftpd.listenAddress.port,
      secret: expect.stringMatching(/^[a-z]{20}$/) as string,
    })
    await using client = await RawFtpClient.login(Number(json.serverPort), String(json.secret))
    expect((await client.command('PWD')).text).toBe(`257 "${base}"\r\n`)
  })

  test.each([
    ['pyuftp', (base: string) => ({ persistent: 'true', serverPath: `${base}/` })],
    ['pyunicore', (base: string) => ({ persistent: 'true', serverPath: `${base}/${multiFile}` })],
    [
      'Java',
      (base: string) => ({
        serverPath: `${base}/`,
        streamCount: 1,
        compress: false,
        persistent: true,
        client: '127.0.0.1',
        group: 'users',
        unknownField: { x: 1 },
      }),
    ],
    ['texts', (base: string) => ({ serverPath: `${base}/`, streamCount: '1', client: null })],
  ])('takes the body of %s', async (_name, body) => {
    const { status, json } = await chain.signOn(body(chain.server.base))
    expect(status).toBe(200)
    await using client = await RawFtpClient.login(Number(json.serverPort), String(json.secret))
    expect((await client.command('PWD')).text).toBe(`257 "${chain.server.base}"\r\n`)
  })

  test.each([
    ['no serverPath', { persistent: true }, 400, /serverPath/],
    ['no JSON', '{"serverPath":', 400, /not JSON/],
    ['an array', [], 400, /./],
    ['a line end in a value', { serverPath: '/x/\nuser=root' }, 400, /serverPath/],
    ['a wrong boolean', { serverPath: '/', persistent: 'maybe' }, 400, /persistent/],
    ['an unknown cipher', { serverPath: '/', encryptionAlgorithm: 'ROT13' }, 400, /encryption/],
    ["a group that is not the user's", { serverPath: '/', group: 'wheel' }, 400, /wheel/],
    [
      'encryption',
      { serverPath: '/', encryptionKey: 'QUJD' },
      500,
      /Encrypted connections are not/,
    ],
    ['a body too long', { serverPath: '/', x: 'x'.repeat(70_000) }, 413, /too long/],
  ])('refuses %s', async (_name, body, status, message) => {
    const answer = await chain.signOn(body)
    expect(answer.status).toBe(status)
    expect(answer.json).toEqual({ errorMessage: expect.stringMatching(message) as string, status })
  })

  test('wants credentials', async () => {
    const { status, headers } = await chain.call('POST', '/TEST', { body: { serverPath: '/' } })
    expect(status).toBe(401)
    expect(headers['www-authenticate']).toMatch(/^Basic/)
  })

  test.each([`${demoUser}:wrong`, `nobody:${demoPassword}`, 'nocolon'])(
    'refuses the credentials %s',
    async (credentials) => {
      expect((await chain.signOn({ serverPath: '/' }, credentials)).status).toBe(403)
    },
  )

  test('knows its servers only', async () => {
    const credentials = `${demoUser}:${demoPassword}`
    const answer = await chain.call('POST', '/NOPE', { credentials, body: { serverPath: '/' } })
    expect(answer.status).toBe(404)
    expect(answer.json.errorMessage).toBe("No such server: 'NOPE', please check your URL")
  })

  test('stops guessing of passwords, and tells for how long', async () => {
    for (let guess = 0; guess < 5; guess += 1) {
      expect((await chain.signOn({ serverPath: '/' }, `${demoUser}:${guess}`)).status).toBe(403)
    }
    const { status, headers } = await chain.signOn({ serverPath: '/' })
    expect(status).toBe(429)
    expect(Number(headers['retry-after'])).toBeGreaterThan(0)
  })

  test('says when uftpd cannot be reached', async () => {
    await chain.server.uftpd[Symbol.asyncDispose]()
    const { status, json } = await chain.signOn({ serverPath: '/' })
    expect(status).toBe(500)
    expect(json.errorMessage).toMatch(/^Cannot connect to UFTPD server/)
  })
})

describe('GET /rest/auth', () => {
  test('tells anybody about the servers', async () => {
    const { status, json } = await chain.call('GET', '')
    expect(status).toBe(200)
    expect(json.TEST).toMatchObject({
      href: `${chain.auth.url}/TEST`,
      status: 'OK',
      sessionLimit: 16,
      dataSharing: { enabled: false },
    })
    expect(json.client).toMatchObject({ dn: 'CN=ANONYMOUS,O=UNKNOWN,OU=UNKNOWN' })
    expect(json.server).toMatchObject({ externalConnections: { "UFTPD server 'TEST'": 'OK' } })
  })

  test('tells users who they are', async () => {
    const credentials = `${demoUser}:${demoPassword}`
    const { json } = await chain.call('GET', '', { credentials })
    expect(json.TEST).toMatchObject({ uid: 'demo', gid: 'hpc', availableGroups: ['hpc', 'users'] })
    expect(json.client).toMatchObject({
      dn: demoName,
      xlogin: { UID: 'demo' },
      role: { selected: 'user' },
      authenticationMethod: 'PASSWORD_FILE',
    })
    expect((await chain.call('GET', '/TEST', { credentials })).json).toEqual(json.TEST)
  })

  test('refuses wrong credentials and unknown names', async () => {
    expect((await chain.call('GET', '', { credentials: 'a:b' })).status).toBe(403)
    expect((await chain.call('GET', '/NOPE')).status).toBe(404)
  })
})
