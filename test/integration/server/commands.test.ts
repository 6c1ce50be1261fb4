/** Commands about names, attributes, listings, options and permissions. */

import { mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RawFtpClient } from '../../support/raw-ftp-client.ts'
import { UftpdFixture } from '../../support/uftpd-fixture.ts'

let server: UftpdFixture
let client: RawFtpClient

beforeEach(async () => {
  server = await UftpdFixture.start()
  client = await server.login()
})

afterEach(async () => {
  await client[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

const say = async (line: string): Promise<string> => (await client.command(line)).text

test('FEAT: one feature a line', async () => {
  expect((await say('FEAT')).split('\r\n')).toEqual([
    '211-Features:',
    ' PASV',
    ' EPSV',
    ' RANG STREAM',
    ' REST STREAM',
    ' SIZE',
    ' MDTM',
    ' MFMT',
    ' MLSD',
    ' MLST size*;modify*;type*;perm*;UNIX.mode*;UNIX.owner;UNIX.group;create;' +
      'unique;UNIX.nlink;UNIX.uid;UNIX.gid;UNIX.atime;UNIX.ctime;UNIX.slink;',
    ' APPE',
    ' MFF UNIX.mode;UNIX.uid;UNIX.gid;modify;UNIX.atime;',
    ' KEEP-ALIVE',
    ' UTF-8',
    ' UTF8',
    ' TVFS',
    ' HASH MD5*;SHA-1;SHA-256;SHA-512',
    ' PATH-ESCAPE',
    ' REPLY-FACTS',
    ' WHOLE-REPLIES',
    ' SITE CREATE',
    ' SITE MKDIR',
    ' SITE MKNOD',
    ' SITE SYMLINK',
    ' SITE LINK',
    ' SITE RENAME',
    ' SITE TRUNCATE',
    ' SITE LIST',
    ' SITE RETRIEVE',
    ' SITE STORE',
    ' SITE FSYNC',
    ' SITE STATFS',
    ' SITE ID',
    ' SITE COPY',
    '211 END',
    '',
  ])
})

test.each([
  ['SYST', '215 Unix Type: L8\r\n'],
  ['NOOP', '200 OK\r\n'],
  ['NOOP 1', '222 Opening 1 data connections\r\n'],
  ['NOOP 8', '223 Opening 1 data connections\r\n'],
  ['TYPE I', '200 OK\r\n'],
  ['TYPE A', '200 OK\r\n'],
  ['MODE S', '200 OK\r\n'],
  ['STRU F', '200 OK\r\n'],
  ['EPSV ALL', '200 OK\r\n'],
  ['ABOR', '226 OK\r\n'],
  ['OPTS UTF8 ON', '200 UTF8=ON\r\n'],
  ['OPTS HASH sha-256', '200 HASH=sha-256\r\n'],
  ['OPTS FILE_READ_BUFFER_SIZE 8192', '200 FILE_READ_BUFFER_SIZE=8192\r\n'],
  ['OPTS MLST size;nope;Modify;', '200 MLST OPTS size;modify;\r\n'],
  ['OPTS MLST', '200 MLST OPTS \r\n'],
  ['BYE', '221 Goodbye\r\n'],
])('%s', async (line, reply) => {
  expect(await say(line)).toBe(reply)
})

test('a Telnet interrupt before ABOR is no part of the command', async () => {
  client.send(Buffer.from([0xff, 0xf4, 0xff, 0xf2, ...Buffer.from('ABOR\r\n')]))
  expect((await client.reply()).code).toBe(226)
})

const awkwardNames = [
  'two words',
  ' leading',
  'trailing ',
  '  both  ',
  "it's",
  'say "hi"',
  'ünïcödé 文件',
  'tab\there',
  '*?[]',
  '-la',
  '100%',
  'back\\slash',
  'a;b=c',
]

describe.each(awkwardNames)('the name %j', (name) => {
  test('works in every command', async () => {
    await mkdir(server.path('d'))
    expect((await client.store(`STOR ${name}`, 'x')).code).toBe(226)
    expect((await client.fetch(`RETR ${name}`)).data.toString()).toBe('x')
    expect((await client.store(`APPE ${name}`, 'y')).code).toBe(226)
    expect(await say(`SIZE ${name}`)).toBe('213 2\r\n')
    expect(await say(`MLST ${name}`)).toContain(`; ${name}\r\n250 End`)
    expect(await say(`STAT F ${name}`)).toMatch(/^211- Sending file list\r\n -rw- 2 \d+000 /)
    expect(await say('STAT N')).toContain(` ${name}\r\n`)
    expect((await client.fetch('MLSD')).data.toString()).toContain(`; ${name}\r\n`)
    expect((await client.fetch('NLST')).data.toString()).toContain(`${name}\r\n`)
    expect((await client.fetch('LIST')).data.toString()).toContain(` ${name}\r\n`)
    expect(await say(`MFMT 20200102030405 ${name}`)).toBe(`213 Modify=20200102030405; ${name}\r\n`)
    expect(await say(`MFF UNIX.mode=600; ${name}`)).toBe(`213 UNIX.mode=600; ${name}\r\n`)
    expect(await say(`SITE CHMOD 640 ${name}`)).toBe('200 OK\r\n')
    expect((await stat(server.path(name))).mode & 0o777).toBe(0o640)
    expect(await say(`HASH ${name}`)).toMatch(/^213 MD5 0-1 /)
    await client.pipeline([`RNFR ${name}`, `RNTO d/${name}`])
    expect(await readdir(server.path('d'))).toEqual([name])
    await client.pipeline(['CWD d', `DELE ${name}`, 'CDUP'])
    expect(await say(`MKD ${name}`)).toMatch(/^257 /)
    expect(await say(`CWD ${name}`)).toBe('200 OK\r\n')
    const quoted = server.path(name).replaceAll('"', '""')
    expect(await say('PWD')).toBe(`257 "${quoted}"\r\n`)
    await say('CDUP')
    expect(await say(`RMD ${name}`)).toBe('200 OK\r\n')
  })
})

test('a name with a line end is left out of listings: it would forge lines', async () => {
  await writeFile(server.path('good'), '')
  await writeFile(server.path('x\r\n211 End of file list'), '')
  await writeFile(server.path('cr\rname'), '')
  for (const verb of ['MLSD', 'LIST', 'NLST']) {
    expect((await client.fetch(verb)).data.toString().match(/\r\n/g)).toHaveLength(1)
  }
  expect((await say('STAT N')).split('\r\n')).toHaveLength(4)
})

test('a directory of 5,000 files, by STAT and MLSD', async () => {
  await mkdir(server.path('many'))
  const names = Array.from({ length: 5000 }, (_, index) => `file number ${index}`)
  await Promise.all(names.map((name) => writeFile(server.path(`many/${name}`), '')))
  const listed = (await say('STAT N many')).split('\r\n').slice(1, -2)
  expect(listed.map((line) => line.replace(/^ -rw- 0 \d+ /, '')).toSorted()).toEqual(
    names.toSorted(),
  )
  const { data } = await client.fetch('MLSD many')
  expect(data.toString().match(/;type=file;/g)).toHaveLength(5000)
})

test('LIST of a file, with options, and of nothing', async () => {
  await writeFile(server.path('f'), 'abc')
  await mkdir(server.path('d'), 0o755)
  const line = /^-rw-r--r-- +1 \S+ \S+ 3 [A-Z][a-z]{2} [ \d]\d \d\d:\d\d f\r\n$/
  expect((await client.fetch('LIST f')).data.toString()).toMatch(line)
  for (const argument of ['-a', '-la', '-l .', '']) {
    expect((await client.fetch(`LIST ${argument}`)).data.toString()).toContain(' f\r\n')
  }
  expect((await client.fetch('LIST -a d')).data.toString()).toBe('')
  expect((await client.fetch('LIST nothing')).reply.code).toBe(550)
  expect((await client.fetch('MLSD f')).reply.text).toContain('Directory does not exist.')
})

test('SIZE is for files, MDTM and MLST for all', async () => {
  await mkdir(server.path('d'))
  expect((await client.command('SIZE d')).code).toBe(550)
  expect((await client.command('MDTM d')).code).toBe(213)
  expect((await client.command('MDTM missing')).code).toBe(550)
  expect(await say('MLST')).toContain(`250- Listing ${server.base}\r\n size=`)
})

test('links are followed, dangling ones only exist for DELE and RNFR', async () => {
  await writeFile(server.path('f'), 'abc')
  await symlink('f', server.path('l'))
  await symlink('nowhere', server.path('dangling'))
  expect(await say('MLST l')).toContain('size=3;')
  expect(await say('MLST dangling')).toContain('Directory/file does not exist')
  expect(await say('STAT N')).not.toContain('dangling')
  expect(await say('MKD dangling')).toContain('[Errno 17]')
  expect(await say('RMD l')).toContain('[Errno 20]')
  expect(await say('DELE dangling')).toBe('200 OK\r\n')
})

test('RNTO wants its own RNFR', async () => {
  await writeFile(server.path('a'), '')
  await client.pipeline(['RNFR a', 'RNTO b'])
  expect((await client.command('RNTO c')).code).toBe(503)
  await client.pipeline(['RNFR missing', 'RNTO c'])
  expect((await client.command('RNTO c')).code).toBe(503)
  expect(await readdir(server.base)).toEqual(['b'])
})

test('MFF changes nothing unless all of it can be done', async () => {
  await writeFile(server.path('a'), '', { mode: 0o644 })
  expect((await client.command('MFF UNIX.mode=600;UNIX.owner=0; a')).code).toBe(504)
  expect((await stat(server.path('a'))).mode & 0o777).toBe(0o644)
  expect(await say('MFF unix.MODE=100640;modify=20200102030405 a')).toBe(
    '213 unix.MODE=100640;modify=20200102030405; a\r\n',
  )
})

test.each([
  ['INFO', { MLST: 250, MKD: 534, DELE: 534, RETR: 534, STOR: 534 }],
  ['READ', { MLST: 250, MKD: 534, DELE: 534, RETR: 425, STOR: 534 }],
  ['WRITE', { MLST: 250, MKD: 257, DELE: 534, RETR: 425, STOR: 425 }],
  ['FULL', { MLST: 250, MKD: 257, DELE: 200, RETR: 425, STOR: 425 }],
  ['NONE', { MLST: 534, MKD: 534, DELE: 534, RETR: 534, STOR: 534 }],
])('permission %s', async (level, codes) => {
  await writeFile(server.path('f'), 'x')
  await using limited = await server.login({ 'access-permissions': level })
  const got = {
    MLST: (await limited.command('MLST f')).code,
    MKD: (await limited.command('MKD d')).code,
    RETR: (await limited.command('RETR f')).code,
    STOR: (await limited.command('STOR f')).code,
    DELE: (await limited.command('DELE f')).code,
  }
  expect(got).toEqual(codes)
})

test('includes and excludes judge the path, and where it leads', async () => {
  await mkdir(server.path('private'))
  await writeFile(server.path('private/key.txt'), 'secret')
  await writeFile(server.path('a.txt'), 'a')
  await writeFile(server.path('a.dat'), 'a')
  await symlink('private/key.txt', server.path('link.txt'))
  await symlink('private', server.path('dir.txt'))
  await using limited = await server.login({
    includes: '*.txt:private/*',
    excludes: `${server.base}/private/*`,
  })
  expect((await limited.fetch('RETR a.txt')).data.toString()).toBe('a')
  for (const path of ['a.dat', 'private/key.txt', 'link.txt', 'dir.txt/key.txt']) {
    expect((await limited.command(`RETR ${path}`)).text).toMatch(/^534 .*Forbidden: /)
    expect((await limited.command(`HASH ${path}`)).code).toBe(534)
    expect((await limited.store(`STOR ${path}`, 'x')).code).toBe(534)
  }
  expect((await limited.store('STOR dir.txt/new.txt', 'x')).code).toBe(534)
  expect((await limited.command('MKD dir.txt/new.txt')).code).toBe(534)
  expect((await limited.command('DELE dir.txt/key.txt')).code).toBe(534)
})
