/** SITE TRUNCATE, COPY, FSYNC, STATFS, ID, and the order of what is pipelined. */

import { lstat, mkdir, readFile, statfs, symlink, writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { isRoot } from '../../support/mount/requirements.ts'
import { PosixSession } from '../../support/posix-session.ts'

async function withFiles(): Promise<PosixSession> {
  const session = await PosixSession.open()
  await writeFile(session.path('f'), '0123456789')
  await mkdir(session.path('d'))
  await symlink('f', session.path('l'))
  await symlink('gone', session.path('dangling'))
  await symlink('..', session.path('parent'))
  await writeFile(session.server.outside('secret'), 'secret')
  return session
}

describe('SITE TRUNCATE', () => {
  test.each([
    [0, ''],
    [4, '0123'],
    [10, '0123456789'],
    [12, '0123456789\0\0'],
  ])('to %i', async (size, content) => {
    await using session = await withFiles()
    expect(await session.say(`SITE TRUNCATE ${size} l`)).toBe('200 Truncated')
    expect(await readFile(session.path('f'), 'utf8')).toBe(content)
  })

  test('to more than memory holds', async () => {
    await using session = await withFiles()
    expect(await session.say('SITE TRUNCATE 1099511627776 f')).toBe('200 Truncated')
    expect((await lstat(session.path('f'))).size).toBe(2 ** 40)
  })

  test('says why it cannot', async () => {
    await using session = await withFiles()
    await session.say('SITE MKNOD fifo 644 pipe')
    expect(await session.errno('SITE TRUNCATE 0 gone')).toBe(2)
    expect(await session.errno('SITE TRUNCATE 0 dangling')).toBe(2)
    expect(await session.errno('SITE TRUNCATE 0 d')).toBe(21)
    expect(await session.errno('SITE TRUNCATE 0 pipe')).toBe(95)
    expect(await session.errno('SITE TRUNCATE 9223372036854775807 f')).toBe(27)
    expect(await session.say('SITE TRUNCATE 0 parent/secret')).toMatch(/^534 /)
    for (const rest of ['-1 f', '1.5 f', 'f', ' f', '1 f g']) {
      expect(await session.say(`SITE TRUNCATE ${rest}`)).toMatch(/^501 /)
    }
    expect(await readFile(session.path('f'), 'utf8')).toBe('0123456789')
  })
})

describe('SITE COPY', () => {
  test.each([
    ['0 10 f 0 g', 10, '0123456789g'],
    ['2 5 l 1 g', 3, 'g234ggggggg'],
    ['8 100 f 0 g', 2, '89ggggggggg'],
    ['20 30 f 0 g', 0, 'ggggggggggg'],
    ['3 3 f 0 g', 0, 'ggggggggggg'],
    ['0 2 f 13 g', 2, 'ggggggggggg\0\x0001'],
    ['0 5 g 11 g', 5, 'g'.repeat(16)],
  ])('%s', async (rest, copied, content) => {
    await using session = await withFiles()
    await writeFile(session.path('g'), 'g'.repeat(11))
    expect(await session.say(`SITE COPY ${rest}`)).toBe(`213 ${copied}`)
    expect(await readFile(session.path('g'), 'utf8')).toBe(content)
  })

  test('of more than one piece', async () => {
    await using session = await withFiles()
    const content = Buffer.from(Array.from({ length: 2_500_000 }, (_, index) => index % 251))
    await writeFile(session.path('large'), content)
    expect(await session.say('SITE COPY 1 9007199254740991 large 3 f')).toBe('213 2499999')
    expect(await readFile(session.path('f'))).toEqual(
      Buffer.concat([Buffer.from('012'), content.subarray(1)]),
    )
  })

  test('says why it cannot', async () => {
    await using session = await withFiles()
    expect(await session.errno('SITE COPY 0 1 f 0 gone')).toBe(2)
    expect(await session.errno('SITE COPY 0 1 gone 0 f')).toBe(2)
    expect(await session.errno('SITE COPY 0 1 d 0 f')).toBe(21)
    expect(await session.errno('SITE COPY 0 1 f 0 d')).toBe(21)
    expect(await session.errno('SITE COPY 0 5 f 4 l')).toBe(22)
    expect(await session.errno('SITE COPY 4 9 f 0 f')).toBe(22)
    expect(await session.say('SITE COPY 0 1 parent/secret 0 f')).toMatch(/^534 /)
    expect(await session.say('SITE COPY 0 1 f 0 ../secret')).toMatch(/^534 /)
    for (const rest of ['0 1 f 0', '1 0 f 0 f', '-1 1 f 0 f', '0 x f 0 f', '0 1  0 f']) {
      expect(await session.say(`SITE COPY ${rest}`)).toMatch(/^501 /)
    }
    expect(await readFile(session.path('f'), 'utf8')).toBe('0123456789')
  })
})

describe('SITE FSYNC', () => {
  test('of files, directories and the base', async () => {
    await using session = await withFiles()
    for (const path of ['f', 'l', 'd', '.']) {
      expect(await session.say(`SITE FSYNC ${path}`)).toBe('200 Synchronised')
    }
  })

  test('says why it cannot, and waits for no reader of a FIFO', async () => {
    await using session = await withFiles()
    await session.say('SITE MKNOD fifo 644 pipe')
    expect(await session.errno('SITE FSYNC pipe')).toBe(22)
    expect(await session.errno('SITE FSYNC gone')).toBe(2)
    expect(await session.errno('SITE FSYNC f/x')).toBe(20)
    expect(await session.say('SITE FSYNC parent')).toMatch(/^534 /)
    expect(await session.say('SITE FSYNC')).toMatch(/^501 /)
  })
})

test('SITE STATFS tells what statfs(2) tells', async () => {
  await using session = await withFiles()
  const reply = await session.say('SITE STATFS d')
  const names = 'bsize blocks bfree bavail files ffree namelen'.split(' ')
  expect(reply).toMatch(new RegExp(`^213 ${names.map((name) => `${name}=\\d+;`).join('')}$`))
  const { bsize, blocks, files } = await statfs(session.path('d'))
  expect(reply).toContain(`bsize=${bsize};blocks=${blocks};`)
  expect(reply).toContain(`files=${files};`)
  expect(reply).toContain('namelen=255;')
  expect(await session.errno('SITE STATFS gone')).toBe(2)
  expect(await session.say('SITE STATFS ..')).toMatch(/^534 /)
})

test('SITE ID tells as whom the session acts', async () => {
  await using session = await PosixSession.open()
  expect(await session.say('SITE ID')).toBe(
    `213 uid=${process.geteuid!()};gid=${process.getegid!()};chown=${isRoot ? 1 : 0};`,
  )
  expect(await session.say('SITE ID x')).toMatch(/^501 /)
})

test('a session that may only look changes nothing', async () => {
  await using session = await withFiles()
  await using reader = await session.server.login({ 'access-permissions': 'READ' })
  const changes = [
    'CREATE 644 a',
    'MKDIR 755 a',
    'MKNOD fifo 644 a',
    'SYMLINK f a',
    'LINK f a',
    'RENAME - f a',
    'TRUNCATE 0 f',
    'COPY 0 1 f 5 f',
    'CHMOD 777 f',
  ]
  for (const line of changes) {
    expect((await reader.command(`SITE ${line}`)).text).toMatch(/^534 .*Access denied/)
  }
  expect((await reader.command('SITE STATFS .')).code).toBe(213)
  expect((await reader.command('SITE ID')).code).toBe(213)
})

test('commands in one packet are done in order', async () => {
  await using session = await PosixSession.open()
  const lines = [
    'SITE MKDIR 755 d',
    'SITE CREATE 600 d/f',
    'SITE TRUNCATE 100 d/f',
    'SITE CREATE 600 d/f',
    'MFF UNIX.mode=640;modify=20010101000000.000000001; d/f',
    'SITE LINK d/f d/g',
    'SITE RENAME NOREPLACE d/g d/f',
    'SITE SYMLINK f d/l',
    'SITE RENAME EXCHANGE d/f d/l',
    'MLST d/f',
    'MLST d/l',
    'DELE d/f',
    'SITE FSYNC d',
    'MLST d/f',
  ]
  const replies = await session.client.pipeline(lines)
  expect(replies.map(({ code }) => code)).toEqual([
    200, 200, 200, 550, 213, 200, 550, 200, 200, 250, 250, 200, 200, 550,
  ])
  expect(replies[9]!.text).toMatch(/type=OS\.unix=slink;.*UNIX\.slink=f; f\r\n/)
  expect(replies[10]!.text).toMatch(
    /type=file;size=100;modify=20010101000000\.000000001;UNIX\.mode=100640;.*UNIX\.nlink=2;.*; l\r\n/,
  )
})
