/**
 * Times in a server whose local time has summer and winter: clients that do not negotiate facts get
 * and set local time, as the UFTP clients expect, those that send OPTS MLST get UTC (RFC 3659).
 */

import { mkdtemp, realpath, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseTimeValue } from '../../../src/uftp/wire/facts.ts'
import { RawFtpClient } from '../../support/raw-ftp-client.ts'
import { requestPassword } from '../../support/uftpd-fixture.ts'
import { UftpdProcess } from '../../support/uftpd-process.ts'

let server: UftpdProcess
let base: string
let password: string

beforeAll(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'uftpd-times-')))
  server = await UftpdProcess.start({ TZ: 'America/New_York' })
  password = await requestPassword(server.commandPort, base)
})

afterAll(async () => {
  await server.stop()
  await rm(base, { recursive: true, force: true })
})

interface Moment {
  readonly name: string
  readonly utc: string
  readonly local: string
}

/** UTC-5 in winter, UTC-4 in summer; the clock changed at 7 h and 6 h UTC on these two days. */
const moments: readonly Moment[] = [
  { name: 'winter', utc: '20210115120000', local: '20210115070000' },
  { name: 'summer', utc: '20210715120000', local: '20210715080000' },
  { name: 'the second before summer', utc: '20210314065959', local: '20210314015959' },
  { name: 'the first of summer', utc: '20210314070000', local: '20210314030000' },
  { name: 'the hour that comes twice, first', utc: '20211107053000', local: '20211107013000' },
  { name: 'after it', utc: '20211107070000', local: '20211107020000' },
  { name: 'another day there', utc: '20210101010000', local: '20201231200000' },
  { name: 'before 1970', utc: '19650701120000', local: '19650701080000' },
]

function epochMs(utc: string): number {
  const [, ...fields] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(utc)!
  const [year, month, day, hour, minute, second] = fields.map(Number)
  return Date.UTC(year!, month! - 1, day, hour, minute, second)
}

const file = (): string => join(base, 'f')

describe.each(moments)('$name', ({ utc, local }) => {
  test('is told right', async () => {
    await writeFile(file(), '')
    const time = new Date(epochMs(utc))
    await utimes(file(), time, time)
    await using client = await RawFtpClient.login(server.listenPort, password)
    const say = async (line: string): Promise<string> => (await client.command(line)).text
    expect(await say('MLST f')).toContain(`;modify=${local};`)
    expect((await client.fetch('MLSD')).data.toString()).toContain(`;modify=${local};`)
    expect(await say('STAT F f')).toContain(` ${epochMs(utc)} f\r\n`)
    expect(await say('MDTM f')).toBe(`213 ${utc}\r\n`)
    await say('OPTS MLST modify;')
    expect(await say('MLST f')).toContain(` modify=${utc}; f\r\n`)
    expect((await client.fetch('MLSD')).data.toString()).toBe(`modify=${utc}; f\r\n`)
    expect(await say('MDTM f')).toBe(`213 ${utc}\r\n`)
  })

  test('is set right', async () => {
    await using client = await RawFtpClient.login(server.listenPort, password)
    const set = async (line: string, reply: string): Promise<void> => {
      await writeFile(file(), 'now')
      expect((await client.command(line)).text).toBe(reply)
      expect((await stat(file())).mtimeMs).toBe(epochMs(utc))
    }
    await set(`MFMT ${local} f`, `213 Modify=${local}; f\r\n`)
    await set(`MFF Modify=${local};UNIX.mode=600; f`, `213 Modify=${local};UNIX.mode=600; f\r\n`)
    await client.command('OPTS MLST modify;')
    await set(`MFMT ${utc} f`, `213 Modify=${utc}; f\r\n`)
    await set(`MFF Modify=${utc}; f`, `213 Modify=${utc}; f\r\n`)
  })
})

test('a fraction goes both ways once facts are negotiated, and is refused before', async () => {
  await writeFile(join(base, 'f'), '')
  await using client = await RawFtpClient.login(server.listenPort, password)
  expect((await client.command('MFMT 20210715120000.123456 f')).code).toBe(501)
  await client.command('OPTS MLST modify;')
  const { text } = await client.command('MFMT 20210715120000.123456789 f')
  expect(text).toBe('213 Modify=20210715120000.123456789; f\r\n')
  const { mtimeNs } = await stat(join(base, 'f'), { bigint: true })
  expect(mtimeNs).toBe(BigInt(epochMs('20210715120000')) * 1_000_000n + 123_456_789n)
  expect((await client.command('MLST f')).text).toContain('modify=20210715120000.123456789; f')
  expect((await client.command('MDTM f')).text).toBe('213 20210715120000.123456789\r\n')
})

test('the time when a file was made is told to who asks for it, whatever is done to the file', async () => {
  const path = join(base, 'born')
  await writeFile(path, '')
  const { birthtimeNs } = await stat(path, { bigint: true })
  await utimes(path, 1, 1)
  await writeFile(path, 'more')
  await using client = await RawFtpClient.login(server.listenPort, password)
  expect((await client.command('MLST born')).text).not.toContain('create=')
  expect((await client.command('OPTS MLST Create;')).text).toBe('200 MLST OPTS create;\r\n')
  const { text } = await client.command('MLST born')
  const told = /^ create=(\S+); born\r$/m.exec(text)?.[1]
  // 0: the file system of this test does not know it.
  expect(told === undefined ? 0n : parseTimeValue(told)).toBe(birthtimeNs)
})

test('no time is made up for files of which nobody knows it', async () => {
  const processes = await requestPassword(server.commandPort, '/proc/self/')
  await using client = await RawFtpClient.login(server.listenPort, processes)
  await client.command('OPTS MLST size;create;')
  expect((await client.command('MLST status')).text).toContain(' size=0; status\r\n')
})
