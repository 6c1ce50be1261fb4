/** A running uftpd of ours on free ports, with a fresh base directory. */

import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultUftpdConfig, type UftpdConfig } from '../../src/server/uftpd/config.ts'
import { Uftpd } from '../../src/server/uftpd/uftpd.ts'
import { silentLogger, type Logger } from '../../src/support/logger.ts'
import { askCommandPort, RawFtpClient } from './raw-ftp-client.ts'

let passwords = 0

export class UftpdFixture implements AsyncDisposable {
  readonly uftpd: Uftpd
  /** Real path of the base directory; a sibling of it may be made beside. */
  readonly base: string
  readonly #parent: string

  private constructor(uftpd: Uftpd, parent: string) {
    this.uftpd = uftpd
    this.#parent = parent
    this.base = join(parent, 'base')
  }

  static async start(
    config: Partial<UftpdConfig> = {},
    log: Logger = silentLogger,
  ): Promise<UftpdFixture> {
    const parent = await realpath(await mkdtemp(join(tmpdir(), 'uftpd-test-')))
    await mkdir(join(parent, 'base'))
    const loopback = { commandHost: '127.0.0.1', listenHost: '127.0.0.1' }
    const uftpd = await Uftpd.start(
      { ...defaultUftpdConfig, ...loopback, commandPort: 0, listenPort: 0, ...config },
      log,
    )
    return new UftpdFixture(uftpd, parent)
  }

  /** A file or directory beside the base: outside. */
  outside(name: string): string {
    return join(this.#parent, name)
  }

  path(name: string): string {
    return join(this.base, name)
  }

  /** Sends a transfer request; its one-time password. `fields` replace the usual ones. */
  async password(fields: Readonly<Record<string, string>> = {}): Promise<string> {
    const secret = `secret-${process.pid}-${(passwords += 1)}`
    const all = {
      'request-type': 'uftp-transfer-request',
      'client-ip': '127.0.0.1',
      user: 'tester',
      secret,
      persistent: 'true',
      file: `${this.base}/`,
      ...fields,
    }
    const lines = Object.entries(all).map(([name, value]) => `${name}=${value}\n`)
    const answer = await askCommandPort(this.uftpd.commandAddress.port, `${lines.join('')}END\n`)
    if (!answer.startsWith('OK::')) throw new Error(answer)
    return secret
  }

  async login(fields?: Readonly<Record<string, string>>): Promise<RawFtpClient> {
    return RawFtpClient.login(this.uftpd.listenAddress.port, await this.password(fields))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.uftpd[Symbol.asyncDispose]()
    await rm(this.#parent, { recursive: true, force: true })
  }
}
