/** What a server that is not root may do with owners and with what is not its own. */

import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { isRoot, ordinaryUser } from '../../support/mount/requirements.ts'
import { RawFtpClient } from '../../support/raw-ftp-client.ts'
import { requestPassword } from '../../support/uftpd-fixture.ts'
import { UftpdProcess } from '../../support/uftpd-process.ts'

const { uid, gid } = ordinaryUser

function refused(errno: number): RegExp {
  return new RegExp(`^550 .*\\[Errno ${errno}\\]`)
}

describe.runIf(isRoot)('as an ordinary user', () => {
  let server: UftpdProcess
  let base: string
  let password: string

  beforeAll(async () => {
    base = await realpath(await mkdtemp(join(tmpdir(), 'uftpd-user-')))
    await chmod(base, 0o777)
    server = await UftpdProcess.start({}, { user: ordinaryUser })
    password = await requestPassword(server.commandPort, base)
  })

  afterAll(async () => {
    await server.stop()
    await rm(base, { recursive: true, force: true })
  })

  beforeEach(async () => {
    for (const name of await readdir(base)) await rm(join(base, name), { recursive: true })
    await writeFile(join(base, 'foreign'), 'foreign')
    await chmod(join(base, 'foreign'), 0o666)
  })

  async function say(line: string): Promise<string> {
    await using client = await RawFtpClient.login(server.listenPort, password)
    return (await client.command(line)).text.trimEnd()
  }

  test('SITE ID tells it', async () => {
    expect(await say('SITE ID')).toBe(`213 uid=${uid};gid=${gid};chown=0;`)
  })

  test.each(['CREATE', 'MKDIR', 'MKNOD fifo'])(
    'SITE %s gives nothing away and leaves nothing behind',
    async (command) => {
      expect(await say(`SITE ${command} 755:0:0 new`)).toMatch(refused(1))
      expect(await say(`SITE ${command} 755:${uid}:0 new`)).toMatch(refused(1))
      expect(await readdir(base)).toEqual(['foreign'])
      expect(await say(`SITE ${command} 4755:${uid}:${gid} new`)).toBe('200 Created')
      expect((await lstat(join(base, 'new'))).mode & 0o7777).toBe(0o4755)
    },
  )

  test('SITE SYMLINK gives nothing away and leaves nothing behind', async () => {
    expect(await say('SITE SYMLINK 0:0 x new')).toMatch(refused(1))
    expect(await say(`SITE SYMLINK ${uid}:0 x new`)).toMatch(refused(1))
    expect(await readdir(base)).toEqual(['foreign'])
    expect(await say(`SITE SYMLINK ${uid}:${gid} x new`)).toBe('200 Created')
  })

  test('MFF gives nothing away, and may say what is so already', async () => {
    await say('SITE CREATE 600 own')
    expect(await say('MFF UNIX.uid=0;UNIX.mode=777; own')).toMatch(refused(1))
    expect((await lstat(join(base, 'own'))).mode & 0o777).toBe(0o600)
    expect(await say(`MFF UNIX.uid=${uid};UNIX.gid=${gid}; own`)).toMatch(/^213 /)
    expect(await say('MFF UNIX.uid=0;UNIX.gid=0; foreign')).toMatch(/^213 /)
    expect(await say(`MFF UNIX.uid=${uid}; foreign`)).toMatch(refused(1))
  })

  test('MFF leaves mode and times of others alone, but for the time now', async () => {
    expect(await say('MFF UNIX.mode=600; foreign')).toMatch(refused(1))
    expect(await say('MFF modify=20010101000000; foreign')).toMatch(refused(1))
    expect(await say('MFF modify=now; foreign')).toMatch(refused(1))
    expect(await say('MFF modify=now;UNIX.atime=now; foreign')).toMatch(/^213 /)
  })

  test('SITE STORE keeps the bytes if it may not set the attributes', async () => {
    await using client = await RawFtpClient.login(server.listenPort, password)
    const data = await client.openData()
    data.end('x')
    const { text } = await client.command('SITE STORE 0 1 UNIX.mode=600; foreign')
    expect(text).toMatch(refused(1))
    expect(await readFile(join(base, 'foreign'), 'utf8')).toBe('xoreign')
    expect(await say('SITE STORE 0 0 UNIX.uid=0;UNIX.gid=0; foreign')).toMatch(/^226 /)
  })

  test('directories keep their meaning: group, sticky, closed', async () => {
    await mkdir(join(base, 'shared'))
    await chown(join(base, 'shared'), 0, 4321)
    await chmod(join(base, 'shared'), 0o3777)
    await writeFile(join(base, 'shared/foreign'), '')
    expect(await say('SITE MKDIR 750 shared/new')).toBe('200 Created')
    const { gid: group, mode } = await lstat(join(base, 'shared/new'))
    expect([group, mode & 0o777]).toEqual([4321, 0o750])
    expect(await say('DELE shared/foreign')).toMatch(refused(1))
    expect(await say('SITE RENAME - shared/foreign shared/x')).toMatch(refused(1))
    await mkdir(join(base, 'closed'), { mode: 0o755 })
    expect(await say('SITE CREATE 600 closed/new')).toMatch(refused(13))
    expect(await say('SITE SYMLINK x closed/new')).toMatch(refused(13))
    expect(await say('SITE LINK shared/new closed/new')).toMatch(refused(13))
  })
})
