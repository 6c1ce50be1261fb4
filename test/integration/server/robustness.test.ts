/** Malformed, oversized and hostile input: an error reply, and everybody else is untouched. */

import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { lineLimit } from '../../../src/server/uftpd/control-channel.ts'
import { askCommandPort, RawFtpClient } from '../../support/raw-ftp-client.ts'
import { UftpdFixture } from '../../support/uftpd-fixture.ts'

let server: UftpdFixture
let bystander: RawFtpClient

beforeEach(async () => {
  server = await UftpdFixture.start()
  await writeFile(server.path('file'), 'content')
  bystander = await server.login()
})

afterEach(async () => {
  await assertOthersUntouched()
  await bystander[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

async function assertOthersUntouched(): Promise<void> {
  // Another session and the command port go on, whatever the test has done.
  expect((await bystander.command('SIZE file')).text).toBe('213 7\r\n')
  const { port } = server.uftpd.commandAddress
  expect(await askCommandPort(port, 'request-type=uftp-ping-request\nEND\n')).toMatch(/^Version: /)
}

function ask(request: string): Promise<string> {
  return askCommandPort(server.uftpd.commandAddress.port, request)
}

function info(user: string): Promise<string> {
  return ask(`request-type=uftp-get-user-info-request\nuser=${user}\nEND\n`)
}

describe('control connection', () => {
  test('a line that is too long gets one 500, and no part of it is executed', async () => {
    await using client = await server.login()
    client.send(`MKD ${'x'.repeat(lineLimit)}MKD made\r\nMKD after\r\n`)
    expect((await client.reply()).text).toBe('500 Command line too long\r\n')
    expect((await client.reply()).code).toBe(257)
    client.send('A'.repeat(3_000_000))
    client.send('\r\nPWD\r\n')
    expect((await client.reply()).code).toBe(500)
    expect((await client.reply()).code).toBe(257)
  })

  test('a line as long as lines may be is a command', async () => {
    await using client = await server.login()
    const path = `${'./'.repeat(4000)}file`
    const { code } = await client.command(`MLST ${path.padStart(lineLimit - 5, '/')}`)
    expect(code).toBe(534)
    expect((await client.command(`MLST ${path}`)).code).toBe(250)
  })

  test('bytes that are not UTF-8 are names like others', async () => {
    await using client = await server.login()
    const name = Buffer.from([0x66, 0xff, 0xfe, 0x80])
    const made = Buffer.concat([Buffer.from('MKD '), name, Buffer.from('\r\n')])
    client.send(made)
    expect((await client.reply()).code).toBe(257)
    const { data } = await client.fetch('NLST')
    expect(data.includes(name)).toBe(true)
    client.send(Buffer.concat([Buffer.from('RMD '), name, Buffer.from('\r\n')]))
    expect((await client.reply()).code).toBe(200)
  })

  test.each([
    ['garbage', '\x00\x01\x02\xff\xfe garbage\r\n', 502],
    ['a property of Object', '__proto__ x\r\n', 502],
    ['another', 'constructor\r\n', 502],
    ['HTTP', 'GET / HTTP/1.1\r\n', 502],
    ['NUL in a path', 'MLST a\0b\r\n', 500],
    ['a tab for a space', 'NOOP\t3\r\n', 502],
    ['no argument', 'RETR\r\n', 501],
    ['RANG without numbers', 'RANG a b\r\n', 501],
    ['RANG with three', 'RANG 1 2 3\r\n', 501],
    ['RANG negative', 'RANG -5 3\r\n', 501],
    ['REST without a number', 'REST x\r\n', 501],
    ['a mode that is none', 'MFF UNIX.mode=999; file\r\n', 501],
    ['a time that is none', 'MFMT 20201399999999 file\r\n', 501],
    ['MFF without a path', 'MFF UNIX.mode=600;\r\n', 501],
    ['an unknown option', 'OPTS NOPE 1\r\n', 500],
    ['an unknown SITE command', 'SITE EXEC ls\r\n', 504],
    ['archive mode', 'TYPE ARCHIVE\r\n', 504],
    ['a name too long', `MKD ${'n'.repeat(300)}\r\n`, 550],
  ])('%s is refused and the session goes on', async (_name, line, code) => {
    await using client = await server.login()
    client.send(Buffer.from(line, 'latin1'))
    expect((await client.reply()).code).toBe(code)
    expect((await client.command('NOOP')).text).toBe('200 OK\r\n')
  })

  test('empty lines, LF alone and any case are fine', async () => {
    await using client = await server.login()
    client.send('\r\n\n   \r\npwd\nPwd\r\n')
    expect((await client.reply()).code).toBe(257)
    expect((await client.reply()).code).toBe(257)
  })

  test('a thousand commands in one packet are answered in order', async () => {
    await using client = await server.login()
    const lines = Array.from({ length: 3000 }, (_, index) => `RANG ${index + 1} ${index + 9}`)
    const replies = await client.pipeline(lines)
    expect(replies.map(({ text }) => text)).toEqual(
      lines.map((_, index) => `350 Restarting at ${index + 1}. End byte range at ${index + 9}\r\n`),
    )
  })

  test('random bytes are answered or ignored, and the session goes on', async () => {
    const line = fc.uint8Array({ maxLength: 200 }).map((bytes) => bytes.filter((b) => b !== 0x0a))
    const property = fc.asyncProperty(fc.array(line, { maxLength: 20 }), async (lines) => {
      await using client = await server.login()
      for (const bytes of lines) client.send(Buffer.concat([bytes, Buffer.from('\n')]))
      client.send('SYST\r\n')
      let reply = await client.reply()
      while (reply.code !== 215) reply = await client.reply()
      expect(reply.text).toBe('215 Unix Type: L8\r\n')
    })
    await fc.assert(property, { numRuns: 50 })
  })

  test('a command cut at every byte is one command', async () => {
    await using client = await server.login()
    for (const byte of 'MLST file\r\n') {
      client.send(byte)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect((await client.reply()).code).toBe(250)
  })

  test('a line without its end is not executed', async () => {
    await using client = await server.login()
    client.control.end('DELE file')
    await client.end()
    expect(await readFile(server.path('file'), 'utf8')).toBe('content')
  })

  test('a client that ends its side still gets its replies', async () => {
    await using client = await server.login()
    client.control.end('PWD\r\nSIZE file\r\n')
    expect((await client.reply()).code).toBe(257)
    expect((await client.reply()).text).toBe('213 7\r\n')
    expect(await client.end()).toBe('')
  })

  test('QUIT says goodbye and ends', async () => {
    await using client = await server.login()
    expect((await client.command('QUIT')).text).toBe('221 Goodbye\r\n')
    expect(await client.end()).toBe('')
  })
})

describe('before the login', () => {
  test.each([
    ['another user', ['USER root'], '500 Protocol error\r\n'],
    ['no password', ['USER anonymous', 'PASS '], '500 Protocol error\r\n'],
    ['a password first', ['PASS x'], '500 Protocol error\r\n'],
    [
      'an unknown password',
      ['USER anonymous', 'PASS nope'],
      '530 Not logged in: no matching transfer request found\r\n',
    ],
    ['a line too long', ['x'.repeat(lineLimit + 1)], '500 Protocol error\r\n'],
    ['chatting', Array.from({ length: 20 }, () => 'NOOP'), '500 Protocol error\r\n'],
  ])('%s is refused and the connection ends', async (_name, lines, last) => {
    await using client = await RawFtpClient.connect(server.uftpd.listenAddress.port)
    client.send(lines.map((line) => `${line}\r\n`).join(''))
    const replies: string[] = []
    for (;;) {
      try {
        replies.push((await client.reply()).text)
      } catch {
        break
      }
    }
    expect(replies.at(-1)).toBe(last)
  })

  test('features can be asked for, TLS is refused, nothing else is done', async () => {
    await using client = await RawFtpClient.connect(server.uftpd.listenAddress.port)
    await client.reply()
    const codes = (await client.pipeline(['SYST', 'FEAT', 'AUTH TLS', 'PWD'])).map((r) => r.code)
    expect(codes).toEqual([215, 211, 502, 530])
  })
})

describe('command port', () => {
  test.each([
    ['nothing', ''],
    ['no END', 'request-type=uftp-ping-request\n'],
    ['a line too long', `request-type=${'x'.repeat(10_000)}\nEND\n`],
    ['too many lines', `${'a=b\n'.repeat(500)}END\n`],
  ])('%s gets an error', async (_name, request) => {
    expect(await ask(request)).toBe('ERROR::Malformed request\n')
  })

  test.each([
    ['an unknown type', 'request-type=foo\nEND\n', "ERROR::Unsupported request type 'foo'\n"],
    ['no type', 'END\n', "ERROR::Unsupported request type 'n/a'\n"],
    ['no user', 'request-type=uftp-transfer-request\nsecret=x\nEND\n', "ERROR::'user'\n"],
    ['no secret', 'request-type=uftp-transfer-request\nuser=x\nEND\n', "ERROR::'secret'\n"],
    [
      'compression',
      'request-type=uftp-transfer-request\nuser=x\nsecret=z\ncompress=true\nEND\n',
      'ERROR::Compressed connections are not supported by this UFTPD server.\n',
    ],
    [
      'encryption',
      'request-type=uftp-transfer-request\nuser=x\nsecret=z\nkey=QUJD\nEND\n',
      'ERROR::Encrypted connections are not supported by this UFTPD server.\n',
    ],
    [
      'a rate limit that is none',
      'request-type=uftp-transfer-request\nuser=x\nsecret=z\nrateLimit=fast\nEND\n',
      "ERROR::Invalid rateLimit 'fast'\n",
    ],
  ])('%s is refused', async (_name, request, answer) => {
    expect(await ask(request)).toBe(answer)
  })

  test('a silent client holds nobody up', async () => {
    const silent = connect(server.uftpd.commandAddress.port, '127.0.0.1')
    await once(silent, 'connect')
    silent.write('request-type=')
    expect(await ask('request-type=uftp-ping-request\r\nENDxyz\r\n')).toMatch(/^Version: 3\.5\.3\n/)
    silent.destroy()
  })

  test('tells about users, never about root', async () => {
    expect(await info('root')).toBe('500 Not allowed\n')
    expect(await info('no such user')).toBe('500 No such user or no home directory found\n')
    expect(await info('daemon')).toMatch(
      /^Version: 3\.5\.3\nUser: daemon\nHome: \/\S+\nStatus: keyfile /,
    )
  })
})

test('a data connection from elsewhere is refused, the right one is still awaited', async () => {
  await using client = await server.login()
  const { text } = await client.command('EPSV')
  const port = Number(/\|\|\|(\d+)\|/.exec(text)![1])
  const stranger = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.9' })
  await once(stranger, 'close')
  const data = connect({ port, host: '127.0.0.1' })
  await once(data, 'connect')
  client.send('RETR file\r\n')
  expect((await client.reply()).code).toBe(150)
  expect(String(await once(data, 'data'))).toBe('content')
  data.destroy()
})

test('directories and special files are never opened for their content', async () => {
  execFileSync('mkfifo', [server.path('fifo')])
  await mkdir(server.path('directory'))
  await using client = await server.login()
  for (const verb of ['RETR', 'HASH', 'STOR', 'APPE']) {
    for (const [name, errno] of [
      ['fifo', 95],
      ['directory', 21],
    ] as const) {
      const reply =
        verb === 'HASH'
          ? await client.command(`${verb} ${name}`)
          : await client.store(`${verb} ${name}`, 'x')
      expect(reply.text).toContain(`[Errno ${errno}]`)
    }
  }
})
