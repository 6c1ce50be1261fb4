/** Replies that tell facts after OPTS REPLY-FACTS ON; SITE STORE, RETRIEVE and LIST. */

import { lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { PosixSession } from '../../support/posix-session.ts'
import { RawData } from '../../support/raw-ftp-client.ts'

async function open(): Promise<PosixSession> {
  const session = await PosixSession.open()
  expect(await session.say('OPTS REPLY-FACTS ON')).toBe('200 REPLY-FACTS ON')
  writeFileSync(session.path('old'), 'content', { mode: 0o644 })
  symlinkSync('old', session.path('a link'))
  return session
}

/** The facts that MLST tells of a path. */
async function told(session: PosixSession, path: string): Promise<string> {
  return (await session.say(`MLST ${path}`)).split('\r\n')[1]!.split(' ')[1]!
}

/** Looking where a link leads is an access to it. */
function withoutAccess(facts: string): string {
  return facts.replace(/UNIX\.atime=[\d.]+;/, '')
}

/** Sends `content` and says SITE STORE, which has no 150. */
async function store(session: PosixSession, words: string, content: string): Promise<string> {
  const data = await session.client.openData()
  data.end(content)
  return session.say(`SITE STORE ${words}`)
}

test.each([
  ['SITE CREATE 640 new', '200 Created'],
  ['SITE MKDIR 750 new', '200 Created'],
  ['SITE MKNOD fifo 600 new', '200 Created'],
  ['SITE SYMLINK a;b%20c new', '200 Created'],
  ['SITE LINK old new', '200 Created'],
  ['SITE TRUNCATE 3 old', '200 Truncated'],
  ['MFF UNIX.mode=604;modify=20200101000000.5; old', '213 Changed'],
  ['MFF modify=20200101000000; a%20link', '213 Changed'],
])('%s tells what MLST tells behind it', async (command, reply) => {
  await using session = await open()
  const said = await session.say(command)
  const path = command.split(' ').at(-1)!
  expect(withoutAccess(said)).toBe(`${reply} ${withoutAccess(await told(session, path))}`)
})

test('nothing is told before it is asked for, nor of what has failed', async () => {
  await using session = await PosixSession.open()
  expect(await session.say('SITE CREATE 600 f')).toBe('200 Created')
  expect(await session.say('MFF UNIX.mode=640; f')).toBe('213 UNIX.mode=640; f')
  expect(await store(session, '0 1 - f', 'x')).toBe('226 File transfer successful')
  expect(await session.say('OPTS REPLY-FACTS OFF')).toMatch(/^501 /)
  await session.say('OPTS REPLY-FACTS ON')
  expect(await session.errno('SITE CREATE 600 f')).toBe(17)
})

describe('SITE STORE', () => {
  test.each([
    ['2 5', 'abc', 'coabcnt'],
    ['7 9', 'ab', 'contentab'],
    ['9 10', 'x', 'content\0\0x'],
  ])('%s: bytes around stay', async (range, content, expected) => {
    await using session = await open()
    const said = await store(session, `${range} - old`, content)
    expect(said).toBe(`226 File transfer successful ${await told(session, 'old')}`)
    expect(readFileSync(session.path('old'), 'latin1')).toBe(expected)
  })

  test('makes what is missing, and sets owner, mode and times', async () => {
    await using session = await open()
    const { uid, gid } = lstatSync(session.path('old'))
    const facts = `UNIX.mode=440;UNIX.uid=${uid};UNIX.gid=${gid};modify=20200101000000.000000007;`
    const said = await store(session, `0 3 ${facts} a%20new`, 'abc')
    expect(said).toBe(`226 File transfer successful ${await told(session, 'a%20new')}`)
    const { mode, mtimeNs } = lstatSync(session.path('a new'), { bigint: true })
    expect([mode, mtimeNs]).toEqual([0o100440n, 1_577_836_800_000_000_007n])
  })

  test('follows links, and tells of the file', async () => {
    await using session = await open()
    const said = await store(session, '0 1 UNIX.mode=600; a%20link', 'x')
    expect(said).toBe(`226 File transfer successful ${await told(session, 'old')}`)
    expect(lstatSync(session.path('a link')).isSymbolicLink()).toBe(true)
  })

  test('of nothing needs no data connection', async () => {
    await using session = await open()
    expect(await session.say('SITE STORE 7 7 UNIX.mode=600; old')).toMatch(/^226 .*;size=7;/)
    expect(readFileSync(session.path('old'), 'utf8')).toBe('content')
  })

  test('keeps the data connection, in step', async () => {
    await using session = await open()
    await session.say('KEEP-ALIVE true')
    const data = await session.client.openData()
    data.write('abcxyz')
    const replies = await session.client.pipeline(['SITE STORE 0 3 - f', 'SITE STORE 0 3 - g'])
    expect(replies.map(({ code }) => code)).toEqual([226, 226])
    expect(readFileSync(session.path('f'), 'utf8')).toBe('abc')
    expect(readFileSync(session.path('g'), 'utf8')).toBe('xyz')
    // Their range is no other transfer's.
    data.end('whole')
    await session.client.pipeline(['STOR g'], 2)
    expect(readFileSync(session.path('g'), 'utf8')).toBe('whole')
  })

  test('says why it cannot, and leaves no range behind', async () => {
    await using session = await open()
    expect(await session.errno('SITE STORE 0 0 - missing/f')).toBe(2)
    expect(await session.errno('SITE STORE 0 0 - .')).toBe(21)
    expect(await session.say('SITE STORE 0 0 - ../f')).toMatch(/^534 /)
    expect(await session.say('SITE STORE 0 3 - old')).toMatch(/^425 /)
    expect(await session.say('SITE STORE 0 0 UNIX.owner=x; old')).toMatch(/^504 /)
    for (const rest of ['0 0 UNIX.mode=9; old', '-1 0 - old', '0 x - old', '0 0 - ', '0 0 old']) {
      expect(await session.say(`SITE STORE ${rest}`)).toMatch(/^501 /)
    }
    expect(readFileSync(session.path('old'), 'utf8')).toBe('content')
    expect((await session.client.fetch('RETR old')).data.toString()).toBe('content')
  })
})

describe('a refused SITE STORE', () => {
  test.each([
    ['0 x - f', 501],
    ['0 3 f', 501],
    ['0 3 UNIX.owner=x; f', 504],
    ['0 3 - ../f', 534],
    ['0 3 - missing/f', 550],
  ])('%s ends the data connection, with what has been sent', async (words, code) => {
    await using session = await open()
    await session.say('KEEP-ALIVE true')
    const data = await session.client.openData()
    data.write('abc')
    expect((await session.client.command(`SITE STORE ${words}`)).code).toBe(code)
    await data.readToEnd()
    expect(await session.say('SITE STORE 0 3 - old')).toMatch(/^425 /)
    expect(readFileSync(session.path('old'), 'utf8')).toBe('content')
  })

  test('waits for the data connection that is still to come', async () => {
    await using session = await open()
    session.client.send('EPSV\r\nSITE STORE 0 3 - ../f\r\n')
    const port = Number(/\|\|\|(\d+)\|/.exec((await session.client.reply()).text)![1])
    const data = await RawData.connect(port)
    data.write('abc')
    expect((await session.client.reply()).code).toBe(534)
    await data.readToEnd()
    expect(await session.say('SITE STORE 0 3 - old')).toMatch(/^425 /)
  })

  test('of a session that may not write does the same', async () => {
    await using session = await PosixSession.open({ 'access-permissions': 'READ' })
    const data = await session.client.openData()
    data.write('abc')
    expect((await session.client.command('SITE STORE 0 3 - f')).code).toBeGreaterThanOrEqual(500)
    await data.readToEnd()
  })
})

describe('SITE RETRIEVE', () => {
  test.each([
    ['2 5', 'nte'],
    ['5 100', 'nt'],
    ['7 9', ''],
    ['5 3', ''],
  ])('%s', async (range, expected) => {
    await using session = await open()
    const data = await session.client.openData()
    const said = await session.say(`SITE RETRIEVE ${range} a%20link`)
    const [, length, unique] = /^150 OK (\d+) .* size=7;modify=[\d.]+;unique=(.*);$/.exec(said)!
    const { dev, ino } = lstatSync(session.path('old'), { bigint: true })
    expect([length, unique]).toEqual([String(expected.length), `${dev}:${ino}`])
    expect((await data.readToEnd()).toString()).toBe(expected)
    expect((await session.client.reply()).code).toBe(226)
    // The range is used up.
    expect((await session.client.fetch('RETR old')).data.toString()).toBe('content')
  })

  test('says why it cannot, and leaves no range behind', async () => {
    await using session = await open()
    expect(await session.say('SITE RETRIEVE 0 1 missing')).toMatch(/^550 .*does not exist/)
    expect(await session.errno('SITE RETRIEVE 0 1 .')).toBe(21)
    expect(await session.say('SITE RETRIEVE 0 1 old')).toMatch(/^425 /)
    expect(await session.say('SITE RETRIEVE 0 1 ../f')).toMatch(/^534 /)
    for (const rest of ['-1 1 old', '0 x old', '0 1 ', '0 old', '0 1 old old']) {
      expect(await session.say(`SITE RETRIEVE ${rest}`)).toMatch(/^501 /)
    }
    expect((await session.client.fetch('RETR old')).data.toString()).toBe('content')
  })
})

function fill(session: PosixSession, count: number): readonly string[] {
  mkdirSync(session.path('d'))
  const names = Array.from({ length: count }, (_, index) => `a ${index}`)
  for (const name of names) writeFileSync(session.path(`d/${name}`), '')
  return names
}

describe('SITE LIST', () => {
  test.each([0, 1, 512])('of %d entries tells them in the reply', async (count) => {
    await using session = await open()
    fill(session, count)
    await session.say('KEEP-ALIVE true')
    const data = await session.client.openData()
    const said = (await session.say('SITE LIST d')).split('\r\n')
    expect([said[0], said.at(-1)]).toEqual(['213-Listing', '213 End'])
    // The data connection is there still, and MLSD says the same.
    expect((await session.client.pipeline(['MLSD d'], 2)).map(({ code }) => code)).toEqual([
      150, 226,
    ])
    const lines = (await data.readToEnd()).toString().split('\r\n').slice(0, -1)
    expect(said.slice(1, -1).map((line) => line.slice(1))).toEqual(lines)
    expect(lines).toHaveLength(count)
  })

  test('of more sends them as MLSD', async () => {
    await using session = await open()
    const names = fill(session, 1025)
    const { data, reply } = await session.client.fetch('SITE LIST d')
    expect(reply.code).toBe(226)
    const lines = data.toString().split('\r\n').slice(0, -1)
    const listed = lines.map((line) => line.slice(line.indexOf(' ') + 1))
    expect(listed.toSorted()).toEqual(names.map((name) => name.replace(' ', '%20')).toSorted())
  })

  test.each([1, 513])('of %d entries uses the range up, as MLSD', async (count) => {
    await using session = await open()
    fill(session, count)
    await session.say('RANG 2 5')
    if (count > 512) await session.client.fetch('SITE LIST d')
    else await session.say('SITE LIST d')
    expect((await session.client.fetch('RETR old')).data.toString()).toBe('content')
  })

  test('says why it cannot', async () => {
    await using session = await open()
    expect(await session.say('SITE LIST missing')).toMatch(/^550 .*: Directory does not exist/)
    expect(await session.say('SITE LIST old')).toMatch(/^550 .*: Directory does not exist/)
    expect(await session.say('SITE LIST ..')).toMatch(/^534 /)
    expect(await session.say('SITE LIST')).toMatch(/^501 /)
  })
})
