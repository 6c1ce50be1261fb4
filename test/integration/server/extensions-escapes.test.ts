/** Names of any bytes, percent-encoded in both directions. */

import { lstatSync, readdirSync, writeFileSync } from 'node:fs'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PosixSession } from '../../support/posix-session.ts'

/** Every byte is a word's own or `%XX`: more than a client must encode. */
function encoded(name: Uint8Array): string {
  return Array.from(name, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
}

test('OPTS PATH-ESCAPE knows only ON', async () => {
  await using session = await PosixSession.open()
  expect(await session.say('OPTS PATH-ESCAPE ON')).toBe('200 PATH-ESCAPE ON')
  expect(await session.say('OPTS PATH-ESCAPE OFF')).toMatch(/^501 /)
  expect(await session.say('PWD')).toBe(`257 "${session.server.base}"`)
})

test('any name goes there and comes back in MLSD and MLST', async () => {
  await using session = await PosixSession.open()
  const name = fc
    .uint8Array({ minLength: 1, maxLength: 60 })
    .map((bytes) => bytes.map((byte) => (byte === 0 || byte === 0x2f ? 0x0a : byte)))
    .filter((bytes) => !['.', '..'].includes(Buffer.from(bytes).toString('latin1')))
  await fc.assert(
    fc.asyncProperty(name, async (bytes) => {
      expect(await session.say(`SITE CREATE 644 ${encoded(bytes)}`)).toBe('200 Created')
      expect(readdirSync(session.server.base, { encoding: 'buffer' })).toEqual([Buffer.from(bytes)])
      const { data } = await session.client.fetch('MLSD')
      const told = /^type=file;\S* (\S+)\r\n$/.exec(data.toString())?.[1]
      expect(told).toBeDefined()
      const { text } = await session.client.command(`MLST ${told}`)
      expect(text.split('\r\n')[1]).toMatch(/^ type=file;/)
      expect(text.split('\r\n')[1]!.endsWith(` ${told}`)).toBe(true)
      expect(await session.say(`DELE ${told}`)).toBe('200 OK')
    }),
    { numRuns: 60 },
  )
})

describe('a directory called "a% \\n"', () => {
  const escaped = 'a%25%20%0A'

  test('is escaped in every reply that names it', async () => {
    await using session = await PosixSession.open()
    const told = `${session.server.base}/${escaped}`
    expect(await session.say(`MKD ${escaped}`)).toBe(`257 "${told}" directory created`)
    expect(await readdir(session.server.base)).toEqual(['a% \n'])
    expect(await session.say(`MLST ${escaped}`)).toMatch(
      new RegExp(`^250- Listing ${told}\\r\\n \\S+ ${escaped}\\r\\n250 End$`),
    )
    expect(await session.say(`STAT F ${escaped}`)).toMatch(new RegExp(` ${escaped}\\r\\n211 `))
    expect(await session.say('STAT N .')).toMatch(new RegExp(` ${escaped}\\r\\n211 `))
    expect((await session.client.fetch('NLST')).data.toString()).toBe(`${escaped}\r\n`)
    expect(await session.say(`MFF UNIX.mode=700; ${escaped}`)).toBe(`213 UNIX.mode=700; ${escaped}`)
    expect(await session.say(`MFMT 20200101000000 ${escaped}`)).toBe(
      `213 Modify=20200101000000; ${escaped}`,
    )
    expect(await session.say(`CWD ${escaped}`)).toBe('200 OK')
    expect(await session.say('PWD')).toBe(`257 "${told}"`)
  })

  test('goes through every command that takes a path', async () => {
    await using session = await PosixSession.open()
    await mkdir(session.path('a% \n'))
    const inside = `${escaped}/%ff`
    expect((await session.client.store(`STOR ${inside}`, 'data')).code).toBe(226)
    expect((await session.client.fetch(`RETR ${inside}`)).data.toString()).toBe('data')
    expect(await session.say(`SIZE ${inside}`)).toBe('213 4')
    expect(await session.say(`HASH ${inside}`)).toMatch(/^213 MD5 \S+ \S+ \S+\/a%25%20%0A\/%FF$/)
    expect(await session.say(`SITE CHMOD 600 ${inside}`)).toBe('200 OK')
    expect(await session.say(`RNFR ${inside}`)).toMatch(/^350 /)
    expect(await session.say(`RNTO ${escaped}/b`)).toBe('200 OK')
    expect(await session.say(`DELE ${escaped}/b`)).toBe('200 OK')
    expect(await session.say(`RMD ${escaped}`)).toBe('200 OK')
  })
})

test.each([
  'MLST a%',
  'DELE %zz',
  'CWD %0',
  'SIZE a%00b',
  'SITE CREATE 644 a%00',
  'SITE FSYNC %g0',
])('%s is a syntax error', async (line) => {
  await using session = await PosixSession.open()
  expect(await session.say(line)).toMatch(/^501 /)
})

test('escaped dots and slashes lead out no more than plain ones', async () => {
  await using session = await PosixSession.open()
  writeFileSync(session.server.outside('secret'), 'secret')
  for (const path of ['%2e%2e/secret', '..%2Fsecret', '%2e%2e%2fsecret']) {
    expect(await session.say(`MLST ${path}`)).toMatch(/^534 .*Forbidden/)
    expect(await session.say(`SITE TRUNCATE 0 ${path}`)).toMatch(/^534 .*Forbidden/)
  }
  expect(lstatSync(session.server.outside('secret')).size).toBe(6)
})

test('a line end in the name does not end the reply that refuses it', async () => {
  await using session = await PosixSession.open()
  await writeFile(session.path('a\r\nb'), '')
  const replies = await session.client.pipeline(['MKD a%0D%0Ab', 'DELE c%0A226%20x', 'PWD'])
  expect(replies.map(({ code }) => code)).toEqual([550, 550, 257])
  expect(replies[0]!.text).toMatch(/\[Errno 17\] File exists: '.*\/a\\r\\nb'\r\n$/)
})

test('a session that has not asked for it sees and says names as they are', async () => {
  await using session = await PosixSession.open()
  await writeFile(session.path('100%25 x'), 'ab')
  await writeFile(session.path('a\nb'), '')
  await using stock = await session.server.login()
  expect((await stock.command('MLST 100%25 x')).text).toContain('; 100%25 x\r\n')
  expect((await stock.fetch('NLST')).data.toString()).toBe('100%25 x\r\n')
})

test('two paths as long as paths can be fit in a line, every byte escaped', async () => {
  await using session = await PosixSession.open()
  await writeFile(session.path('f'), '')
  const [from, to] = ['f', 'g'].map((name) => encoded(Buffer.from('./'.repeat(2047) + name)))
  expect(await session.say(`SITE LINK ${from} ${to}`)).toBe('200 Created')
  expect(readdirSync(session.server.base)).toEqual(['f', 'g'])
})
