/** KEEP-ALIVE: one data connection for many transfers, in both directions. */

import { readFile, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { RawFtpClient } from '../../support/raw-ftp-client.ts'
import { UftpdFixture } from '../../support/uftpd-fixture.ts'

const content = '0123456789abcdefghij'

let server: UftpdFixture
let client: RawFtpClient

beforeEach(async () => {
  server = await UftpdFixture.start()
  await writeFile(server.path('f'), content)
  client = await server.login()
  await client.command('KEEP-ALIVE true')
})

afterEach(async () => {
  await client[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

const text = (name: string): Promise<string> => readFile(server.path(name), 'latin1')

test('many ranges over one connection, in both directions', async () => {
  const data = await client.openData()
  const pairs = Array.from({ length: 64 }, (_, i) => [`RANG ${i % 20} ${(i % 20) + 1}`, 'RETR f'])
  await client.pipeline(pairs.flat(), 64 * 3)
  const expected = pairs.map((_, i) => content[i % 20]).join('')
  expect((await data.read(64)).toString()).toBe(expected)
  data.write('AB')
  await client.pipeline(['RANG 3 5', 'STOR f'], 3)
  data.write('X')
  await client.pipeline(['ALLO 1', 'STOR x'], 3)
  await client.pipeline(['RANG 0 6', 'RETR f'], 3)
  expect((await data.read(6)).toString()).toBe('012AB5')
  expect(await text('x')).toBe('X')
  expect(data.ended).toBe(false)
})

test('bytes that come too early are those of the next STOR', async () => {
  const data = await client.openData()
  data.write('onetwo')
  await client.pipeline(['ALLO 3', 'STOR a', 'ALLO 3', 'STOR b'], 6)
  expect([await text('a'), await text('b')]).toEqual(['one', 'two'])
})

test('one missing file in a batch leaves the other pairs as they are', async () => {
  const data = await client.openData()
  const lines = ['RANG 0 2', 'RETR f', 'RANG 2 4', 'RETR missing', 'RANG 4 6', 'RETR f']
  const codes = (await client.pipeline(lines, 8)).map(({ code }) => code)
  expect(codes).toEqual([350, 150, 226, 350, 550, 350, 150, 226])
  expect((await data.read(4)).toString()).toBe('0145')
})

test('failing commands leave the data connection alone', async () => {
  const data = await client.openData()
  for (const line of ['MLST missing', 'MLSD missing', 'LIST missing', 'STAT F missing', 'CWD no']) {
    expect((await client.command(line)).code).toBeGreaterThanOrEqual(500)
  }
  await client.pipeline(['RANG 0 2', 'RETR f'], 3)
  expect((await data.read(2)).toString()).toBe('01')
})

test('STOR of unknown length reads until the client closes', async () => {
  expect((await client.store('STOR u', 'until closed')).code).toBe(226)
  expect(await text('u')).toBe('until closed')
  expect((await client.command('RETR f')).code).toBe(425)
})

test('a listing and switching it off end the connection', async () => {
  expect((await client.fetch('MLSD')).reply.code).toBe(226)
  await client.command('KEEP-ALIVE no')
  expect((await client.fetch('RETR f')).data.toString()).toBe(content)
})

test('a new EPSV ends the old connection', async () => {
  const old = await client.openData()
  const data = await client.openData()
  expect((await old.readToEnd()).length).toBe(0)
  await client.pipeline(['RANG 0 2', 'RETR f'], 3)
  expect((await data.read(2)).toString()).toBe('01')
})

test('commands sent during a transfer wait for its end', async () => {
  await writeFile(server.path('large'), Buffer.alloc(32 * 2 ** 20))
  const data = await client.openData()
  data.socket.pause()
  client.send('RETR large\r\nSIZE f\r\nRANG 0 2\r\nRETR f\r\n')
  expect((await client.reply()).code).toBe(150)
  data.socket.resume()
  const codes = [226, 213, 350, 150, 226]
  for (const code of codes) expect((await client.reply()).code).toBe(code)
  expect((await data.read(32 * 2 ** 20 + 2)).subarray(-2).toString()).toBe('01')
})
