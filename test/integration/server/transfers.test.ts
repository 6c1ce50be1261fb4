/** RETR, STOR and APPE with RANG, REST, ALLO and KEEP-ALIVE, byte for byte. */

import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { silentLogger, type Logger } from '../../../src/support/logger.ts'
import { RawFtpClient } from '../../support/raw-ftp-client.ts'
import { requestPassword, UftpdFixture } from '../../support/uftpd-fixture.ts'
import { UftpdProcess } from '../../support/uftpd-process.ts'

const content = '0123456789abcdefghij'

let server: UftpdFixture
let client: RawFtpClient

beforeEach(async () => {
  server = await UftpdFixture.start()
  await writeFile(server.path('f'), content)
  client = await server.login()
})

afterEach(async () => {
  await client[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

const text = (name: string): Promise<string> => readFile(server.path(name), 'latin1')
function hexDigest(algorithm: string, bytes: string | Buffer): string {
  return createHash(algorithm).update(bytes).digest('hex')
}

const unbounded = '9223372036854775807'

describe('RETR', () => {
  test.each([
    [[], content],
    [['RANG 5 10'], '56789'],
    [['RANG 15 40'], 'fghij'],
    [['RANG 20 30'], ''],
    [['RANG 25 30'], ''],
    [['RANG 5 3'], ''],
    [['RANG 0 0'], ''],
    [['RANG 5 10', 'RANG 1 0'], content],
    [['REST 15'], 'fghij'],
    [['REST 0'], content],
    [['REST 99'], ''],
    [['ALLO 5'], content],
    [['RANG 5 10', 'ALLO 3'], '567'],
    [[`RANG 10 ${10n + BigInt(unbounded)}`], 'abcdefghij'],
    [[`RANG ${unbounded} ${unbounded}0`], ''],
  ])('after %j', async (before, expected) => {
    for (const line of before) expect((await client.command(line)).code).toBeLessThan(400)
    const data = await client.openData()
    const first = await client.command('RETR f')
    expect(first.text).toBe(`150 OK ${expected.length} bytes available for reading.\r\n`)
    expect((await data.readToEnd()).toString()).toBe(expected)
    expect((await client.reply()).text).toBe('226 File transfer successful\r\n')
    // The range is used up.
    expect((await client.fetch('RETR f')).data.toString()).toBe(content)
  })

  test('a refused RETR uses the range up and leaves the data connection', async () => {
    const data = await client.openData()
    const replies = await client.pipeline(['RANG 5 10', 'RETR missing', 'RETR f'], 4)
    expect(replies.map(({ code }) => code)).toEqual([350, 550, 150, 226])
    expect((await data.readToEnd()).toString()).toBe(content)
  })

  test('without a data connection is 425; nothing to send needs none', async () => {
    expect((await client.command('RETR f')).code).toBe(425)
    expect((await client.pipeline(['RANG 0 0', 'RETR f'], 3)).at(-1)!.code).toBe(226)
  })

  test('a client that connects only after RETR is waited for', async () => {
    const { text: passive } = await client.command('EPSV')
    client.send('RETR f\r\n')
    const socket = connect(Number(/\|\|\|(\d+)\|/.exec(passive)![1]), '127.0.0.1')
    expect(String((await once(socket, 'data'))[0])).toBe(content)
    expect((await client.reply()).code).toBe(150)
    expect((await client.reply()).code).toBe(226)
  })

  test('a file that is cut while it is sent fails and ends the data connection', async () => {
    await writeFile(server.path('large'), Buffer.alloc(64 * 2 ** 20))
    const data = await client.openData()
    data.socket.pause()
    expect((await client.command('RETR large')).code).toBe(150)
    await truncate(server.path('large'), 2 ** 20)
    data.socket.resume()
    const { code, text: reason } = await client.reply()
    expect(code).toBe(550)
    expect(reason).toContain('[Errno 116]')
    expect((await data.readToEnd()).length).toBeLessThan(64 * 2 ** 20)
    expect((await client.fetch('RETR f')).data.toString()).toBe(content)
  })

  test('a client that closes the data connection early gets 426, the session goes on', async () => {
    await writeFile(server.path('large'), Buffer.alloc(64 * 2 ** 20))
    const data = await client.openData()
    await client.command('RETR large')
    await data.read(1000)
    data.destroy()
    expect((await client.reply()).code).toBe(426)
    expect((await client.fetch('RETR f')).data.toString()).toBe(content)
  })

  test('a file replaced between two reads is read anew', async () => {
    expect((await client.fetch('RETR f')).data.toString()).toBe(content)
    await writeFile(server.path('g'), 'other')
    await client.pipeline(['RNFR g', 'RNTO f'])
    expect((await client.fetch('RETR f')).data.toString()).toBe('other')
    await writeFile(server.path('f'), 'grown in place')
    expect((await client.fetch('RETR f')).data.toString()).toBe('grown in place')
    await client.command('DELE f')
    expect((await client.fetch('RETR f')).reply.code).toBe(550)
  })
})

describe('STOR', () => {
  test.each([
    [[], 'ABC', 'ABC'],
    [['ALLO 3'], 'abcdef', 'abc'],
    [['RANG 2 5'], 'ABC', '01ABC56789'],
    [['RANG 2 5', 'ALLO 3'], 'ABC', '01ABC56789'],
    [['RANG 15 18'], 'ABC', '0123456789\0\0\0\0\0ABC'],
    [['RANG 0 3'], 'ABC', 'ABC3456789'],
    [['REST 5'], 'ABC', '01234ABC89'],
    [['REST 5', 'ALLO 3'], 'ABC', '01234ABC89'],
    [['ALLO 8', 'REST 5'], 'ABC', '01234ABC89'],
    [['REST 0'], 'ABC', 'ABC'],
    [[`ALLO ${unbounded}`], 'ABC', 'ABC'],
    [[`RANG 4 ${4n + BigInt(unbounded)}`], 'ABC', '0123ABC789'],
    [['RANG 2 5', 'RANG 1 0'], 'ABC', 'ABC'],
  ])('after %j', async (before, sent, expected) => {
    await writeFile(server.path('t'), '0123456789')
    for (const line of before) expect((await client.command(line)).code).toBeLessThan(400)
    expect((await client.store('STOR t', sent)).text).toBe('226 File transfer successful\r\n')
    expect(await text('t')).toBe(expected)
  })

  test('creates files with mode 666 less the umask', async () => {
    await client.store('STOR new', 'x')
    expect((await stat(server.path('new'))).mode & 0o777).toBe(0o666 & ~process.umask())
  })

  test('nothing to receive needs no data connection', async () => {
    expect((await client.pipeline(['ALLO 0', 'STOR f'], 3)).map((r) => r.code)).toEqual([
      200, 150, 226,
    ])
    expect(await text('f')).toBe('')
    await writeFile(server.path('f'), content)
    await utimes(server.path('f'), 1000, 1000)
    expect((await client.pipeline(['RANG 0 0', 'STOR f'], 3)).at(-1)!.code).toBe(226)
    expect(await text('f')).toBe(content)
    expect((await stat(server.path('f'))).mtimeMs).toBeGreaterThan(Date.now() - 60_000)
    await client.pipeline(['RANG 0 0', 'STOR made'], 3)
    expect(await text('made')).toBe('')
  })

  test('without a data connection changes nothing', async () => {
    expect((await client.command('STOR f')).code).toBe(425)
    expect((await client.command('STOR g')).code).toBe(425)
    expect(await text('f')).toBe(content)
    await expect(text('g')).rejects.toThrow('ENOENT')
  })

  test.each([
    ['closes', (data: { end(text: string): void }) => data.end('ABC')],
    [
      'is reset',
      (data: { write(text: string): void; socket: { resetAndDestroy(): void } }) => {
        data.write('ABC')
        data.socket.resetAndDestroy()
      },
    ],
  ])('fewer bytes than announced fail when the client %s', async (_name, leave) => {
    await client.command('RANG 2 12')
    const data = await client.openData()
    expect((await client.command('STOR f')).code).toBe(150)
    leave(data)
    expect((await client.reply()).text).toMatch(/^426 /)
    // The rest of the file is as it was; the session goes on, with a fresh range.
    expect((await text('f')).slice(5)).toBe(content.slice(5))
    expect((await client.store('STOR f', 'new')).code).toBe(226)
    expect(await text('f')).toBe('new')
  })

  test('what arrived before a failure stays, and the log has an error', async () => {
    const errors: string[] = []
    const log: Logger = {
      ...silentLogger,
      error: (message) => errors.push(message),
      child: () => log,
    }
    await using logging = await UftpdFixture.start({}, log)
    await using other = await logging.login()
    await other.command('ALLO 10')
    const data = await other.openData()
    await other.command('STOR part')
    data.end('ABC')
    expect((await other.reply()).text).toMatch(/^426 .* 3 of 10 bytes/)
    expect(await readFile(logging.path('part'), 'utf8')).toBe('ABC')
    expect(errors).toEqual([expect.stringMatching(/^store incomplete/)])
  })

  test('an error in the middle of a transfer is told with its errno', async () => {
    // No file of this server may grow over 64 KiB: the limit is met while data flows.
    await using limited = await UftpdProcess.start({}, { fileSizeLimitBytes: 65_536 })
    const password = await requestPassword(limited.commandPort, server.base)
    await using other = await RawFtpClient.login(limited.listenPort, password)
    const reply = await other.store('STOR limited', Buffer.alloc(1_000_000))
    expect(reply.text).toBe(
      `550 Error processing command 'STOR': [Errno 27] File too large: '${server.path('limited')}'\r\n`,
    )
    expect((await other.store('STOR small', 'fits')).code).toBe(226)
  })

  test.each([0, 1, 65_536, 1_048_577, 20_000_003])('%d bytes there and back', async (size) => {
    const bytes = randomBytes(size)
    expect((await client.store('STOR big', bytes)).code).toBe(226)
    const { data } = await client.fetch('RETR big')
    expect(hexDigest('sha256', data)).toBe(hexDigest('sha256', bytes))
  })
})

describe('APPE', () => {
  test('appends, makes what is missing, and obeys ALLO', async () => {
    expect((await client.store('APPE new', 'one')).code).toBe(226)
    expect((await client.store('APPE new', ' two')).code).toBe(226)
    await client.command('ALLO 6')
    expect((await client.store('APPE new', ' three and more')).code).toBe(226)
    expect(await text('new')).toBe('one two three')
  })
})

test('data sent before the control connection is closed is stored completely', async () => {
  const bytes = randomBytes(5_000_000)
  const data = await client.openData()
  await client.command('STOR kept')
  data.end(bytes)
  // pyunicore does not read the last reply.
  client.control.end()
  await client.end()
  expect(bytes.equals(await readFile(server.path('kept')))).toBe(true)
})

test('HASH of all and of ranges', async () => {
  const path = server.path('f')
  expect((await client.command('HASH f')).text).toBe(
    `213 MD5 0-19 ${hexDigest('md5', content)} ${path}\r\n`,
  )
  await client.command('RANG 5 10')
  expect((await client.command('HASH f')).text).toBe(
    `213 MD5 5-9 ${hexDigest('md5', '56789')} ${path}\r\n`,
  )
  await client.pipeline(['OPTS HASH SHA-256', 'RANG 30 40'])
  expect((await client.command('HASH f')).text).toBe(
    `213 SHA-256 30-29 ${hexDigest('sha256', '')} ${path}\r\n`,
  )
})

test('a rate limit slows transfers down', async () => {
  await using slow = await server.login({ rateLimit: '2000000' })
  await writeFile(server.path('megabyte'), Buffer.alloc(1_000_000))
  const begin = performance.now()
  expect((await slow.fetch('RETR megabyte')).data).toHaveLength(1_000_000)
  expect((await slow.store('STOR copy', Buffer.alloc(500_000))).code).toBe(226)
  expect(performance.now() - begin).toBeGreaterThan(600)
  await slow.command('OPTS RATE_LIMIT 999999999')
  expect((await slow.command('OPTS X')).text).toContain(' RATE_LIMIT 2000000\r\n')
})
