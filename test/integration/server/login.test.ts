/** One-time passwords, limits and addresses, and what a session starts with. */

import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { RawData, RawFtpClient } from '../../support/raw-ftp-client.ts'
import { UftpdFixture } from '../../support/uftpd-fixture.ts'

describe('with the usual configuration', () => {
  let server: UftpdFixture
  beforeEach(async () => {
    server = await UftpdFixture.start()
  })
  afterEach(async () => {
    await server[Symbol.asyncDispose]()
  })

  const login = (password: string): Promise<RawFtpClient> =>
    RawFtpClient.login(server.uftpd.listenAddress.port, password)

  test('a persistent password serves several sessions', async () => {
    const password = await server.password()
    await using first = await login(password)
    await using second = await login(password)
    expect((await first.command('NOOP')).code).toBe(200)
    expect((await second.command('NOOP')).code).toBe(200)
  })

  test('another one serves one session', async () => {
    const password = await server.password({ persistent: 'false' })
    await using first = await login(password)
    await expect(login(password)).rejects.toThrow(
      '500 Session for these credentials is already running',
    )
    expect((await first.command('NOOP')).code).toBe(200)
  })

  test('the password may also come by USER, and commands in any case', async () => {
    const password = await server.password()
    await using client = await RawFtpClient.connect(server.uftpd.listenAddress.port)
    await client.reply()
    expect((await client.command('user Anonymous')).code).toBe(331)
    expect((await client.command(`USER ${password}`)).code).toBe(230)
  })

  test('only the addresses of the request may log in', async () => {
    await expect(login(await server.password({ 'client-ip': '192.0.2.1' }))).rejects.toThrow(
      "500 Error establishing connection: Rejecting connection for 'tester' from 127.0.0.1, " +
        "allowed: ['192.0.2.1']",
    )
    const several = await server.password({ 'client-ip': '192.0.2.1, ::FFFF:127.0.0.1' })
    await using client = await login(several)
    expect((await client.command('NOOP')).code).toBe(200)
  })

  test.each([
    ['missing', 'nothing', '[Errno 2] No such file or directory'],
    ['a file', 'file', '[Errno 20] Not a directory'],
  ])('a base that is %s refuses the login and says why', async (_name, name, reason) => {
    await writeFile(server.path('file'), '')
    const base = server.path(name)
    await expect(server.login({ file: `${base}/` })).rejects.toThrow(
      `530 Not logged in: ${reason}: '${base}'`,
    )
  })

  test('an exclude pattern outside the base refuses the login', async () => {
    await expect(server.login({ excludes: '/etc/*' })).rejects.toThrow(/^login failed: 530 /)
  })

  test('without a base a session starts at home and may go anywhere', async () => {
    await using client = await server.login({ file: '' })
    expect((await client.command('PWD')).text).toBe(`257 "${homedir()}"\r\n`)
    await writeFile(server.path('f'), 'x')
    expect((await client.command(`SIZE ${server.path('f')}`)).text).toBe('213 1\r\n')
  })

  test('text after the last slash is no part of the base', async () => {
    await using client = await server.login({ file: `${server.base}/ignored` })
    expect((await client.command('PWD')).text).toBe(`257 "${server.base}"\r\n`)
  })

  test('stopping the server ends sessions and frees the ports', async () => {
    const client = await server.login()
    const { port } = server.uftpd.listenAddress
    await server.uftpd[Symbol.asyncDispose]()
    expect(await client.end()).toBe('')
    await expect(RawFtpClient.connect(port)).rejects.toThrow('ECONNREFUSED')
  })
})

test('stopping the server cuts running transfers', async () => {
  await using server = await UftpdFixture.start()
  await writeFile(server.path('large'), Buffer.alloc(64 * 2 ** 20))
  const storing = await server.login()
  await storing.openData()
  await storing.command('STOR never-ending')
  const reading = await server.login()
  const data = await reading.openData()
  data.socket.pause()
  await reading.command('RETR large')
  const waiting = await server.login()
  await waiting.pipeline(['EPSV'])
  waiting.send('RETR large\r\n')
  // Ends before the test's time limit, and all its sessions have ended.
  await server.uftpd[Symbol.asyncDispose]()
  await storing.end()
  data.socket.resume()
  expect((await data.readToEnd()).length).toBeLessThan(64 * 2 ** 20)
})

test('MAX_CONNECTIONS counts sessions and unused passwords of a user', async () => {
  await using server = await UftpdFixture.start({ maxConnections: 2 })
  const { port } = server.uftpd.listenAddress
  const password = await server.password()
  await using first = await RawFtpClient.login(port, password)
  const second = await RawFtpClient.login(port, password)
  await expect(RawFtpClient.login(port, password)).rejects.toThrow(
    "500 Too many active transfer requests / sessions for 'tester' - server limit is 2",
  )
  await expect(server.password()).rejects.toThrow(
    "ERROR::Too many active sessions for 'tester' - server limit is 2",
  )
  await server.password({ user: 'somebody else' })
  second.send('QUIT\r\n')
  await second.end()
  await using third = await RawFtpClient.login(port, password)
  expect((await third.command('NOOP')).code).toBe(200)
  expect((await first.command('NOOP')).code).toBe(200)
})

test('without the address check any client may log in', async () => {
  await using server = await UftpdFixture.start({ checkClientAddress: false })
  await using client = await server.login({ 'client-ip': '192.0.2.1' })
  expect((await client.command('NOOP')).code).toBe(200)
})

test('PORT_RANGE and ADVERTISE_HOST', async () => {
  // Ports of the range may be busy on the machine that runs this: a wide one.
  const range = { lower: 42_000, upper: 42_999 }
  await using server = await UftpdFixture.start({ portRange: range, advertiseHost: '203.0.113.7' })
  await using client = await server.login()
  const { text } = await client.command('PASV')
  const match = /^227 Entering Passive Mode \(203,0,113,7,(\d+),(\d+)\)\r\n$/.exec(text)!
  const port = Number(match[1]) * 256 + Number(match[2])
  expect(port).toBeGreaterThanOrEqual(range.lower)
  expect(port).toBeLessThanOrEqual(range.upper)
  // The socket itself is where the client reached us.
  const data = await RawData.connect(port)
  data.destroy()
  expect((await client.command('EPSV')).text).toMatch(/^229 .*\(\|\|\|42\d\d\d\|\)/)
})

test('a range without a free port says so', async () => {
  await using server = await UftpdFixture.start({ portRange: { lower: 42_100, upper: 42_101 } })
  const clients = await Promise.all([server.login(), server.login(), server.login()])
  const codes: number[] = []
  for (const client of clients) codes.push((await client.command('EPSV')).code)
  expect(codes.at(-1)).toBe(500)
  for (const client of clients) await client[Symbol.asyncDispose]()
})

test('over IPv6 EPSV works and PASV is refused', async () => {
  await using server = await UftpdFixture.start({ listenHost: '::1' })
  const password = await server.password({ 'client-ip': '0:0::1' })
  await using client = await RawFtpClient.login(server.uftpd.listenAddress.port, password, '::1')
  await writeFile(server.path('f'), 'six')
  expect((await client.command('PASV')).code).toBe(425)
  expect((await client.fetch('RETR f')).data.toString()).toBe('six')
})

test('protected files of the home can neither be read nor written', async () => {
  // HOME decides only for users that the system does not know.
  const home = join(tmpdir(), `uftpd-home-${process.pid}`)
  const before = process.env.HOME
  process.env.HOME = home
  try {
    await mkdir(join(home, '.ssh'), { recursive: true })
    await writeFile(join(home, '.ssh/authorized_keys'), 'key')
    await chmod(join(home, '.ssh'), 0o700)
    await using server = await UftpdFixture.start()
    await using client = await server.login({ user: 'no such user', file: `${home}/` })
    expect((await client.fetch('RETR .ssh/authorized_keys')).reply.code).toBe(534)
    expect((await client.store('STOR .ssh/authorized_keys', 'x')).code).toBe(534)
    expect(await readFile(join(home, '.ssh/authorized_keys'), 'utf8')).toBe('key')
    // The directory around it could be moved away, which is as good as writing.
    const [, rnto] = await client.pipeline(['RNFR .ssh', 'RNTO moved'])
    expect(rnto!.code).toBe(534)
  } finally {
    process.env.HOME = before
    await rm(home, { recursive: true, force: true })
  }
})
