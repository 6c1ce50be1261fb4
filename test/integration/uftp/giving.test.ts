/** Files are given to others only where the server says that it can. */

import { lstat, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../../src/support/clock.ts'
import { silentLogger } from '../../../src/support/logger.ts'
import { Secret } from '../../../src/support/secret.ts'
import { UftpRemote } from '../../../src/uftp/remote.ts'
import { isRoot } from '../../support/mount/requirements.ts'
import { RawFtpClient } from '../../support/raw-ftp-client.ts'
import { RelayedRemote } from '../../support/uftp/relayed-remote.ts'
import { requestPassword } from '../../support/uftpd-fixture.ts'
import { UftpdProcess } from '../../support/uftpd-process.ts'

describe.runIf(isRoot).each(['chown', 'fowner', 'fsetid'])('root without CAP_%s', (capability) => {
  test('gives nothing away', async () => {
    const base = await realpath(await mkdtemp(join(tmpdir(), 'uftpd-root-')))
    try {
      await using server = await UftpdProcess.start({}, { withoutCapabilities: [capability] })
      const password = (): Promise<string> => requestPassword(server.commandPort, base)
      await using client = await RawFtpClient.login(server.listenPort, await password())
      expect((await client.command('SITE ID')).text.trimEnd()).toBe('213 uid=0;gid=0;chown=0;')
      await using remote = await UftpRemote.connect({
        signOn: async () => ({
          host: '127.0.0.1',
          port: server.listenPort,
          secret: new Secret(await password()),
        }),
        base,
        log: silentLogger,
        clock: systemClock,
      })
      expect([...remote.capabilities]).toContain('owners')
      expect([...remote.capabilities]).not.toContain('giving')
      expect(await remote.create('/f', 0o640)).toMatchObject({ mode: 0o640, uid: 0, gid: 0 })
    } finally {
      await rm(base, { recursive: true, force: true })
    }
  })
})

describe.runIf(isRoot)('a relayed server', () => {
  test('that does not tell gives nothing away', async () => {
    await using relayed = await RelayedRemote.start()
    relayed.proxy.onServerData = (text) => text.replace('chown=1;', '')
    const remote = await relayed.connect()
    expect(remote.identity).toEqual({ uid: 0, gid: 0 })
    expect([...remote.capabilities]).toContain('owners')
    expect([...remote.capabilities]).not.toContain('giving')
    expect(await remote.makeSymlink('/l', 'x')).toMatchObject({ linkTarget: 'x' })
  })

  test('that can no longer give is refused', async () => {
    await using relayed = await RelayedRemote.start()
    const remote = await relayed.connect({ sessions: 1 })
    expect([...remote.capabilities]).toContain('giving')
    relayed.proxy.onServerData = (text) => text.replace('chown=1;', 'chown=0;')
    relayed.proxy.cut()
    const making = remote.create('/f', 0o640, { uid: 1234, gid: 1234 })
    await expect(making).rejects.toMatchObject({ code: 'EIO' })
    await expect(lstat(relayed.server.path('f'))).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
