/** Attacks on the base directory: whatever the path, nothing outside is read, changed or told. */

import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RawFtpClient } from '../../support/raw-ftp-client.ts'
import { UftpdFixture } from '../../support/uftpd-fixture.ts'

let server: UftpdFixture
let client: RawFtpClient

beforeEach(async () => {
  server = await UftpdFixture.start()
  await mkdir(server.outside('base-secret'))
  await writeFile(server.outside('base-secret/key'), 'secret')
  await mkdir(server.path('inside'))
  await writeFile(server.path('inside/own'), 'own')
  await symlink('../../base-secret', server.path('inside/relative-link'))
  await symlink(server.outside('base-secret'), server.path('absolute-link'))
  await symlink(server.outside('base-secret/key'), server.path('file-link'))
  await symlink(server.outside('base-secret/made'), server.path('dangling-link'))
  await symlink('inside/../../base-secret/made', server.path('dangling-relative'))
  await symlink('/proc/self/root', server.path('magic-link'))
  await symlink('dangling-link', server.path('link-to-dangling'))
  client = await server.login()
})

afterEach(async () => {
  await client[Symbol.asyncDispose]()
  await assertOutsideUntouched()
  await server[Symbol.asyncDispose]()
})

async function assertOutsideUntouched(): Promise<void> {
  expect(await readFile(server.outside('base-secret/key'), 'utf8')).toBe('secret')
  expect(await readdir(server.outside('base-secret'))).toEqual(['key'])
  expect((await readdir(server.outside('.'))).toSorted()).toEqual(['base', 'base-secret'])
}

/** Paths that lead to the secret file. */
const toSecret: readonly (readonly [string, (s: UftpdFixture) => string])[] = [
  ['dot-dot', () => '../base-secret/key'],
  ['dot-dot after a directory', () => 'inside/../../base-secret/key'],
  ['dot-dot after nothing', () => 'nosuch/../../base-secret/key'],
  ['absolute', (s) => s.outside('base-secret/key')],
  ['absolute with dot-dot', (s) => `${s.base}/../base-secret/key`],
  ['absolute with double slashes', (s) => `//${s.outside('base-secret')}//key`],
  ['sibling by prefix', (s) => `${s.base}-secret/key`],
  ['link to the file', () => 'file-link'],
  ['link to its directory, absolute', () => 'absolute-link/key'],
  ['link to its directory, relative', () => 'inside/relative-link/key'],
  ['link through /proc', (s) => `magic-link${s.outside('base-secret/key')}`],
  ['link, then back out', () => 'absolute-link/./key'],
]

describe.each(toSecret)('a secret file by %s', (_name, pathOf) => {
  test('cannot be told about, read, written, removed or changed', async () => {
    const path = pathOf(server)
    const attacks = [
      `MLST ${path}`,
      `STAT F ${path}`,
      `STAT N ${path}`,
      `SIZE ${path}`,
      `MDTM ${path}`,
      `HASH ${path}`,
      `RETR ${path}`,
      `MFMT 20200102030405 ${path}`,
      `MFF UNIX.mode=777; ${path}`,
      `SITE CHMOD 777 ${path}`,
      `SITE TRUNCATE 0 ${path}`,
      `SITE FSYNC ${path}`,
      `SITE STATFS ${path}`,
      `SITE COPY 0 9 ${path} 0 inside/own`,
      `SITE COPY 0 3 inside/own 0 ${path}`,
      `CWD ${path}`,
      `RMD ${path}`,
    ]
    for (const attack of attacks) {
      expect((await client.command(attack)).text).toMatch(/^5\d\d /)
    }
    for (const verb of ['LIST', 'NLST', 'MLSD', 'RETR']) {
      const { data, reply } = await client.fetch(`${verb} ${path}`)
      expect(reply.text).toMatch(/^5\d\d /)
      expect(data).toHaveLength(0)
    }
    for (const verb of ['STOR', 'APPE']) {
      const reply = await client.store(`${verb} ${path}`, 'overwritten')
      expect(reply.text).toMatch(/^5\d\d /)
    }
    await client.pipeline(['RANG 0 0', `STOR ${path}`])
    await client.pipeline(['ALLO 0', `STOR ${path}`])
    expect((await client.command('PWD')).text).toBe(`257 "${server.base}"\r\n`)
  })
})

/** Paths of names in the secret directory that do not exist yet. */
const toNew: readonly (readonly [string, (s: UftpdFixture) => string])[] = [
  ['dot-dot', () => '../base-secret/new'],
  ['absolute', (s) => s.outside('base-secret/new')],
  ['sibling by prefix', (s) => `${s.base}-secret/new`],
  ['link to the directory', () => 'absolute-link/new'],
  ['relative link to the directory', () => 'inside/relative-link/new'],
  ['link through /proc', (s) => `magic-link${s.outside('base-secret/new')}`],
]

describe.each(toNew)('a new name outside by %s', (_name, pathOf) => {
  test('cannot be made, by no command', async () => {
    const path = pathOf(server)
    expect((await client.command(`MKD ${path}`)).code).toBe(534)
    expect((await client.store(`STOR ${path}`, 'x')).code).toBe(534)
    expect((await client.store(`APPE ${path}`, 'x')).code).toBe(534)
    const [rnfr, rnto] = await client.pipeline(['RNFR inside/own', `RNTO ${path}`])
    expect([rnfr!.code, rnto!.code]).toEqual([350, 534])
    for (const command of [
      'CREATE 644',
      'MKDIR 755',
      'MKNOD fifo 644',
      'SYMLINK x',
      'LINK inside/own',
      'RENAME - inside/own',
      'RENAME NOREPLACE inside/own',
    ]) {
      expect((await client.command(`SITE ${command} ${path}`)).code).toBe(534)
    }
    expect(await readFile(server.path('inside/own'), 'utf8')).toBe('own')
  })
})

test.each(['dangling-link', 'dangling-relative', 'link-to-dangling'])(
  'STOR through %s makes nothing outside',
  async (link) => {
    expect((await client.store(`STOR ${link}`, 'x')).code).toBe(534)
    expect((await client.store(`APPE ${link}`, 'x')).code).toBe(534)
    expect(existsSync(server.outside('base-secret/made'))).toBe(false)
  },
)

test('STOR through a dangling link makes its target inside', async () => {
  await symlink('inside/../inside/made', server.path('good-link'))
  await symlink('good-link', server.path('good-link-2'))
  expect((await client.store('STOR good-link-2', 'x')).code).toBe(226)
  expect(await readFile(server.path('inside/made'), 'utf8')).toBe('x')
})

test('a circle of links ends', async () => {
  await symlink('circle-b', server.path('circle-a'))
  await symlink('circle-a', server.path('circle-b'))
  const reply = await client.store('STOR circle-a', 'x')
  expect(reply.text).toContain('[Errno 40]')
})

test('things outside cannot be renamed into the base', async () => {
  for (const from of ['../base-secret/key', 'absolute-link/key', 'inside/relative-link/key']) {
    const replies = await client.pipeline([`RNFR ${from}`, 'RNTO taken'])
    expect(replies.at(-1)!.text).toMatch(/^5\d\d /)
    expect(existsSync(server.path('taken'))).toBe(false)
    for (const command of ['LINK', 'RENAME -', 'RENAME NOREPLACE', 'RENAME EXCHANGE']) {
      expect((await client.command(`SITE ${command} ${from} inside/own`)).code).toBe(534)
    }
    expect(await readFile(server.path('inside/own'), 'utf8')).toBe('own')
  }
})

test('links that are shown tell only themselves', async () => {
  await client.command('OPTS MLST type;size;unique;UNIX.slink;')
  const { ino } = await stat(server.outside('base-secret/key'), { bigint: true })
  const { data } = await client.fetch('MLSD')
  expect(data.toString()).toMatch(/^type=OS\.unix=slink;\S* file-link\r$/m)
  expect(data.toString()).not.toContain(`:${ino};`)
  expect((await client.command('MLST file-link')).text).toContain('type=OS.unix=slink;')
  for (const path of ['absolute-link/key', 'inside/relative-link/key']) {
    expect((await client.command(`MLST ${path}`)).code).toBe(534)
  }
  expect((await client.fetch('MLSD absolute-link')).reply.code).toBe(550)
})

test('links themselves can be renamed and removed', async () => {
  const target = await readlink(server.path('absolute-link'))
  await client.pipeline(['RNFR absolute-link', 'RNTO moved-link'])
  expect(await readlink(server.path('moved-link'))).toBe(target)
  expect((await client.command('DELE moved-link')).code).toBe(200)
  expect((await client.command('DELE file-link')).code).toBe(200)
})

test('listings do not tell about what lies outside', async () => {
  const outside = /absolute-link|file-link|magic-link|relative-link|dangling/
  for (const verb of ['MLSD', 'LIST', 'NLST']) {
    expect((await client.fetch(verb)).data.toString()).not.toMatch(outside)
    expect((await client.fetch(`${verb} inside`)).data.toString()).toContain('own')
    expect((await client.fetch(`${verb} inside`)).data.toString()).not.toMatch(outside)
  }
  expect((await client.command('STAT N')).text).not.toMatch(outside)
})

test.each(['RMD', 'DELE', 'MKD'])('%s leaves the base itself alone', async (verb) => {
  for (const path of ['.', server.base, 'inside/..', '']) {
    expect((await client.command(`${verb} ${path}`)).code).toBeGreaterThanOrEqual(500)
  }
  const [, rnto] = await client.pipeline(['RNFR .', 'RNTO inside/x'])
  expect(rnto!.code).toBe(534)
  expect(existsSync(server.path('inside/own'))).toBe(true)
})

test('CDUP stops at the base', async () => {
  await client.command('CWD inside')
  expect((await client.command('CDUP')).code).toBe(200)
  expect((await client.command('CDUP')).code).toBe(534)
})

test('an export root confines every session, whatever base is asked for', async () => {
  await using exporting = await UftpdFixture.start({ exportRoot: server.base })
  const none = await exporting.login({ file: '' })
  expect((await none.command('PWD')).text).toBe(`257 "${server.base}"\r\n`)
  expect((await none.command(`MLST ${server.outside('base-secret/key')}`)).code).toBe(534)
  expect((await none.command('MLST inside/own')).code).toBe(250)
  await none[Symbol.asyncDispose]()
  const below = await exporting.login({ file: `${server.base}/inside/` })
  expect((await below.command('MLST own')).code).toBe(250)
  expect((await below.command('MLST ..')).code).toBe(534)
  await below[Symbol.asyncDispose]()
  for (const file of ['/', `${server.base}-secret/`, `${server.base}/absolute-link/`]) {
    await expect(exporting.login({ file })).rejects.toThrow(/^login failed: 530 .*Forbidden/)
  }
})
