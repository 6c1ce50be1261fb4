/**
 * Conversations recorded from a stock UFTPD 3.5.3, replayed against ours. What differs is listed
 * here, each with its reason; everything else must be the same but for line ends, times, ports and
 * the order of directory entries.
 */

import { mkdir, readdir, readFile, rmdir, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { askCommandPort, RawData, RawFtpClient } from '../../support/raw-ftp-client.ts'
import { UftpdFixture } from '../../support/uftpd-fixture.ts'

interface Step {
  readonly dir: 'client' | 'server'
  readonly channel: 'control' | 'data'
  readonly text?: string
  readonly base64?: string
}

interface Transcript {
  readonly name: string
  readonly description: string
  readonly steps: readonly Step[]
}

interface Difference {
  readonly why: string
  /** What stock says, as a text or pattern, and what we say instead. */
  readonly stock: string | RegExp
  readonly ours: string
}

const directory = join(import.meta.dirname, '../../fixtures/transcripts')

/** Need data formats that our uftpd refuses at the command port, or are no FTP conversation. */
const notReplayed = new Map([
  ['encrypted-aes', 'encryption is not supported, and refused'],
  ['gzip', 'compression is not supported, and refused'],
  ['two-streams', 'one stream per data connection'],
  ['appe', 'APPE is broken on stock; ours is tested in transfers.test.ts'],
  ['feat', 'the features themselves differ; ours are tested in commands.test.ts'],
  ['command-port', 'replayed below'],
])

const differences: readonly Difference[] = [
  {
    why: 'the banner says who we are',
    stock: '220 UFTPD DEV, https://www.unicore.eu\n',
    ours: '220 UFTPD 3.5.3, uftp-mount\n',
  },
  {
    why: 'FTP clients take 500 for an unknown command',
    stock: /^500 (Error processing command '\w+': \[Errno)/,
    ours: '550 $1',
  },
  {
    why: 'the path is told here too',
    stock: /^(5\d0 Error processing command 'MFMT': \[Errno 2\] No such file or directory)\n/,
    ours: "550 Error processing command 'MFMT': [Errno 2] No such file or directory: '/base/missing'\n",
  },
  {
    why: 'names may have spaces (MFMT)',
    stock: "500 Error processing command 'MFMT': too many values to unpack (expected 2)\n",
    ours: '213 Modify=20230102030405; a b.txt\n',
  },
  {
    why: 'names may have spaces (MFF)',
    stock: "500 Error processing command 'MFF': too many values to unpack (expected 2)\n",
    ours: '213 UNIX.mode=600; a b.txt\n',
  },
  {
    why: 'a bad argument is 501, and the text is ours',
    stock: "500 Error processing command 'MFMT': unconverted data remains: .123\n",
    ours: "501 Error processing command 'MFMT': time data '20230102030405.123' does not match format 'YYYYMMDDHHMMSS'\n",
  },
  {
    why: 'an unsupported parameter is 504',
    stock: "500 Error processing command 'MFF': Not supported: 'UNIX.owner'\n",
    ours: "504 Error processing command 'MFF': Not supported: 'UNIX.owner'\n",
  },
  {
    why: 'names may begin with spaces',
    stock: '257 "/base/lead" directory created\n',
    ours: '257 "/base/ lead" directory created\n',
  },
  {
    why: 'therefore the second one exists already',
    stock: '257 "/base/ lead" directory created\n',
    ours: "550 Error processing command 'MKD': [Errno 17] File exists: '/base/ lead'\n",
  },
  {
    why: '150 announces what will be sent (REST)',
    stock: '150 OK 20 bytes available for reading.\n',
    ours: '150 OK 5 bytes available for reading.\n',
  },
  {
    why: '150 announces what will be sent (RANG past the end)',
    stock: '150 OK 25 bytes available for reading.\n',
    ours: '150 OK 5 bytes available for reading.\n',
  },
]

/** The transcripts in which a text that is right elsewhere is a difference. */
const differencesIn: Readonly<Record<string, readonly string[]>> = {
  'ranged-read': [
    '150 announces what will be sent (REST)',
    '150 announces what will be sent (RANG past the end)',
  ],
  'name-with-spaces': ['names may begin with spaces', 'therefore the second one exists already'],
}
const limited = new Set(Object.values(differencesIn).flat())

function ours(transcript: string, stock: string): string {
  for (const difference of differences) {
    const here = differencesIn[transcript]?.includes(difference.why)
    if (limited.has(difference.why) && !here) continue
    if (typeof difference.stock === 'string') {
      if (difference.stock === stock) return difference.ours
    } else if (difference.stock.test(stock)) {
      return ours(transcript, stock.replace(difference.stock, difference.ours))
    }
  }
  return stock
}

/** Without what differs from run to run: times, ports, sizes of directories, order of entries. */
function comparable(text: string): string {
  const lines = text
    .replaceAll('\r\n', '\n')
    .replaceAll(/modify=\d{14}/g, 'modify=TIME')
    .replaceAll(/\|\|\|\d+\|/g, '|||PORT|')
    .replaceAll(/^( ?)size=\d+;(?=.*type=dir)/gm, '$1size=DIR;')
    .replaceAll(/^ d([-lrwxe]{3}) \d+ \d+ /gm, ' d$1 DIR TIME ')
    .replaceAll(/^ -([-rwx]{3}) (\d+) \d+ /gm, ' -$1 $2 TIME ')
    .split('\n')
  // Only the listing of name-with-spaces shows the directory that stock made under another name.
  return lines
    .filter((line) => !line.endsWith(' lead'))
    .toSorted()
    .join('\n')
}

async function fillBase(server: UftpdFixture): Promise<void> {
  await writeFile(server.path('hello.txt'), '0123456789abcdefghij')
  await writeFile(server.path('a b.txt'), 'spaces')
  for (const name of ['sub', 'empty', 'full/inner']) {
    await mkdir(server.path(name), { recursive: true })
  }
  await symlink('hello.txt', server.path('link'))
  await symlink('sub', server.path('dirlink'))
  await symlink('nowhere', server.path('dangling'))
  await utimes(server.path('hello.txt'), 1_709_210_096, 1_709_210_096)
}

/** Some conversations go on from what an earlier one has left. */
async function prepare(name: string, server: UftpdFixture): Promise<void> {
  await fillBase(server)
  // An earlier conversation has removed it.
  if (['name-with-spaces', 'symlinks'].includes(name)) await rmdir(server.path('empty'))
  if (name === 'write-at-offset') await writeFile(server.path('w.txt'), '0123456789abcdefghij')
}

async function replay(transcript: Transcript): Promise<void> {
  await using server = await UftpdFixture.start()
  await prepare(transcript.name, server)
  await using client = await RawFtpClient.connect(server.uftpd.listenAddress.port)
  let data: RawData | undefined
  for (const [index, step] of transcript.steps.entries()) {
    const bytes = Buffer.from(
      step.base64 ?? step.text ?? '',
      step.base64 === undefined ? 'utf8' : 'base64',
    )
    const text = bytes.toString()
    const where = `step ${index}`
    if (step.dir === 'client' && step.channel === 'control') {
      const password = text.startsWith('PASS sec') ? `PASS ${await server.password()}\r\n` : text
      client.send(password)
    } else if (step.dir === 'client') {
      data?.end(bytes)
    } else if (step.channel === 'control') {
      const reply = (await client.reply()).text
      const port = /\|\|\|(\d+)\|/.exec(reply)?.[1]
      if (port) data = await RawData.connect(Number(port))
      const shown = reply.replaceAll(server.base, '/base')

      const parent = server.base.slice(0, server.base.lastIndexOf('/'))
      const expected = ours(transcript.name, text)
      const got = comparable(shown.replace(`Forbidden: ${parent} `, 'Forbidden: / '))
      expect(`${where}: ${got}`).toBe(`${where}: ${comparable(expected)}`)
    } else if (/^(size=|d)/.test(text)) {
      // A listing: what stock shows depends on what its directory had; the form is compared.
      const listing = (await data!.readToEnd()).toString()
      expect(listing).toMatch(formOf(text))
    } else {
      expect(await data!.read(bytes.length)).toEqual(bytes)
    }
  }
}

/** MLSD lines are the same to the letter, LIST lines have real owners and modes. */
function formOf(listing: string): RegExp {
  return listing.startsWith('size=')
    ? /^(size=\d+;modify=\d{14};type=(dir|file);perm=[lrwxe]*;UNIX\.mode=\d+; [^\r\n]+\r\n)+$/
    : /^([-d][-rwx]{9} +\d+ \S+ \S+ \d+ [A-Z][a-z]{2} [ \d]\d (\d\d:\d\d| \d{4}) [^\r\n]+\r\n)+$/
}

const transcripts = await Promise.all(
  (await readdir(directory)).map(
    async (name) => JSON.parse(await readFile(join(directory, name), 'utf8')) as Transcript,
  ),
)

describe('stock conversations', () => {
  test.each(transcripts.filter(({ name }) => !notReplayed.has(name)))('$name', replay)

  test('every transcript is replayed or says why not', () => {
    const names = transcripts.map(({ name }) => name)
    expect([...notReplayed.keys()].filter((name) => !names.includes(name))).toEqual([])
    expect(names.length).toBeGreaterThan(notReplayed.size)
  })

  test('command-port', async () => {
    await using server = await UftpdFixture.start({ maxConnections: 500 })
    const { steps } = transcripts.find(({ name }) => name === 'command-port')!
    const { commandAddress, listenAddress } = server.uftpd
    for (let index = 0; index < steps.length; index += 2) {
      const request = steps[index]!.text!
      // The users of the recording machine are not ours.
      if (request.includes('user=demo') && request.includes('user-info')) continue
      const expected = steps[index + 1]!.text!
      const answer = await askCommandPort(commandAddress.port, request)
      expect(answer.replaceAll(String(listenAddress.port), '64534')).toBe(
        expected.replace('Version: DEV', 'Version: 3.5.3'),
      )
    }
  })
})
