/**
 * Ordinary FTP clients on our uftpd with a one-time password, in two time zones of the server: they
 * list, read, write, rename and delete, and see and set right times.
 */

import { execFile, spawnSync } from 'node:child_process'
import {
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  realpath,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { requestPassword } from '../support/uftpd-fixture.ts'
import { UftpdProcess } from '../support/uftpd-process.ts'

const run = promisify(execFile)

/** Summer in New York: another offset than now or in winter, whenever the test runs. */
const summerMs = Date.UTC(2021, 6, 2, 3, 4, 5)
const winterMs = Date.UTC(2021, 0, 2, 3, 4, 5)

let server: UftpdProcess
let root: string
let base: string
let local: string

async function startServer(timeZone: string): Promise<void> {
  root = await realpath(await mkdtemp(join(tmpdir(), 'uftpd-clients-')))
  base = join(root, 'base')
  local = join(root, 'local')
  await mkdir(join(base, 'a directory'), { recursive: true })
  await mkdir(local)
  await writeFile(join(base, 'a file.txt'), 'hello world\n')
  await writeFile(join(base, 'grüße "x"'), 'unicode\n')
  await utimes(join(base, 'a file.txt'), summerMs / 1000, summerMs / 1000)
  await utimes(join(base, 'grüße "x"'), winterMs / 1000, winterMs / 1000)
  server = await UftpdProcess.start({ TZ: timeZone, LC_ALL: 'C.UTF-8' })
}

afterEach(async () => {
  await server.stop()
  await rm(root, { recursive: true, force: true })
})

async function mtimeOf(path: string): Promise<number> {
  return (await stat(path)).mtimeMs
}

/** Skips a test whose program is not installed; in CI that is an error (tally reporter). */
function missing(program: string): string | undefined {
  const found = spawnSync('which', [program]).status === 0
  return found ? undefined : `${program} is not installed`
}

describe.each(['UTC', 'America/New_York'])('on a server in %s', (timeZone) => {
  beforeEach(() => startServer(timeZone))

  test("Python's ftplib", async (context) => {
    const reason = missing('python3')
    if (reason) context.skip(reason)
    const password = await requestPassword(server.commandPort, base)
    const script = join(import.meta.dirname, 'ftplib-session.py')
    const { stdout } = await run('python3', [script, String(server.listenPort), password])
    expect(JSON.parse(stdout)).toEqual({
      welcome: '220 UFTPD 3.5.3, uftp-mount',
      pwd: base,
      names: ['a directory', 'a file.txt', 'grüße "x"'],
      facts: {
        'a directory': {
          type: 'dir',
          size: expect.any(String) as string,
          modify: expect.any(String) as string,
        },
        'a file.txt': { type: 'file', size: '12', modify: '20210702030405' },
        'grüße "x"': { type: 'file', size: '8', modify: '20210102030405' },
      },
      size: 12,
      mdtm: '213 20210702030405',
      content: 'hello world\n',
      rest: 'world\n',
      afterStore: 'new content',
      afterAppend: 'new content, more',
      afterRename: ['a file.txt', 'grüße "x"', 'made by mkd', 'renamed file'],
      afterDelete: ['a file.txt', 'grüße "x"'],
      missing: expect.stringMatching(/^550 /) as string,
      quit: '221 Goodbye',
    })
    expect(await readFile(join(base, 'left behind'), 'utf8')).toBe('new content, more')
  })

  test('curl', async (context) => {
    const reason = missing('curl')
    if (reason) context.skip(reason)
    const password = await requestPassword(server.commandPort, base)
    const url = `ftp://127.0.0.1:${server.listenPort}`
    const curl = async (...args: string[]): Promise<string> => {
      const { stdout } = await run('curl', ['-sS', '-u', `anonymous:${password}`, ...args])
      return stdout
    }
    const copy = join(local, 'copy')
    expect(await curl('-l', `${url}/`)).toBe(
      'a directory\r\na file.txt\r\ngrüße "x"\r\n'.replaceAll('\r\n', '\n'),
    )
    await curl('-R', '-o', copy, `${url}/a%20file.txt`)
    expect(await readFile(copy, 'utf8')).toBe('hello world\n')
    expect(await mtimeOf(copy)).toBe(summerMs)
    expect(await curl('-r', '6-10', `${url}/a%20file.txt`)).toBe('world')
    expect(await curl('-I', `${url}/a%20file.txt`)).toContain('Content-Length: 12')
    await curl('--ftp-create-dirs', '-T', copy, `${url}/new%20dir/up%20loaded`)
    expect(await readFile(join(base, 'new dir/up loaded'), 'utf8')).toBe('hello world\n')
    await curl('--append', '-T', copy, `${url}/new%20dir/up%20loaded`)
    expect(await readFile(join(base, 'new dir/up loaded'), 'utf8')).toBe(
      'hello world\nhello world\n',
    )
    await curl('-Q', 'RNFR new dir/up loaded', '-Q', 'RNTO moved', `${url}/`)
    expect(await readdir(base)).toContain('moved')
    await curl('-Q', 'DELE moved', '-Q', 'RMD new dir', `${url}/`)
    expect((await readdir(base)).toSorted()).toEqual(['a directory', 'a file.txt', 'grüße "x"'])
    // The absolute path as everywhere in UFTP.
    expect(await curl('--ftp-method', 'nocwd', `${url}/${base}/a%20file.txt`)).toBe('hello world\n')
    await expect(curl(`${url}/missing`)).rejects.toMatchObject({ code: 78 })
  })

  test('lftp', async (context) => {
    const reason = missing('lftp')
    if (reason) context.skip(reason)
    const password = await requestPassword(server.commandPort, base)
    const lftp = async (...commands: string[]): Promise<string> => {
      const settings = 'set net:max-retries 1; set net:timeout 20; set cmd:fail-exit yes'
      const script = [settings, `open -u anonymous,${password} -p ${server.listenPort} 127.0.0.1`]
      const { stdout } = await run('lftp', ['--norc', '-c', [...script, ...commands].join('; ')], {
        env: { ...process.env, TZ: 'UTC', LC_ALL: 'C.UTF-8', HOME: root },
      })
      return stdout
    }
    const listing = await lftp('cls -l --time-style="%F %T"')
    expect(listing).toMatch(/^-rw-r--r-- \S+ +\S+ +12 2021-07-02 03:04:05 a file\.txt$/m)
    expect(listing).toMatch(/^-rw-r--r-- \S+ +\S+ +8 2021-01-02 03:04:05 grüße "x"$/m)
    expect(listing).toMatch(/^drwxr-xr-x .* a directory\/$/m)
    expect(await lftp('cat "a file.txt"')).toBe('hello world\n')

    const source = join(local, 'tree')
    await mkdir(join(source, 'sub dir'), { recursive: true })
    await writeFile(join(source, 'sub dir/one'), '1')
    await utimes(join(source, 'sub dir/one'), summerMs / 1000, summerMs / 1000)
    await writeFile(join(source, 'two'), '2'.repeat(100_000))
    await utimes(join(source, 'two'), winterMs / 1000, winterMs / 1000)
    await lftp(`mirror -R "${source}" "the tree"`)
    expect(await readFile(join(base, 'the tree/two'), 'utf8')).toBe('2'.repeat(100_000))
    expect(await mtimeOf(join(base, 'the tree/sub dir/one'))).toBe(summerMs)
    expect(await mtimeOf(join(base, 'the tree/two'))).toBe(winterMs)
    // Nothing is newer on either side: the second run transfers nothing.
    expect(await lftp(`mirror -R --verbose "${source}" "the tree"`)).not.toContain('Transferring')

    await lftp(`mirror "the tree" "${join(local, 'back')}"`)
    expect(await mtimeOf(join(local, 'back/sub dir/one'))).toBe(summerMs)
    await lftp('mv "the tree/two" "three 3"', 'chmod 600 "three 3"', 'mkdir "d d"', 'rmdir "d d"')
    expect((await stat(join(base, 'three 3'))).mode & 0o777).toBe(0o600)
    await lftp('rm "three 3"', 'rm -r "the tree"')
    expect((await readdir(base)).toSorted()).toEqual(['a directory', 'a file.txt', 'grüße "x"'])
  })
})
