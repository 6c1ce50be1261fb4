/** A running uftpd of ours on free ports, with a fresh base directory. */

import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultUftpdConfig, type UftpdConfig } from '../../src/server/uftpd/config.ts'
import { Uftpd } from '../../src/server/uftpd/uftpd.ts'
import { silentLogger, type Logger } from '../../src/support/logger.ts'
import { askCommandPort, RawFtpClient } from './raw-ftp-client.ts'

let passwords = 0

/** Sends a transfer request to a command port; its one-time password. */
export async function requestPassword(
  commandPort: number,
  base: string,
  fields: Readonly<Record<string, string>> = {},
): Promise<string> {
  const secret = `secret-${process.pid}-${(passwords += 1)}`
  const all = {
    'request-type': 'uftp-transfer-request',
    'client-ip': '127.0.0.1',
    user: 'tester',
    secret,
    persistent: 'true',
    file: `${base}/`,
    ...fields,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}=${value}\n`)
  const answer = await askCommandPort(commandPort, `${lines.join('')}END\n`)
  if (!answer.startsWith('OK::')) throw new Error(answer)
  return secret
}

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

  /** A one-time password for a session in the base; `fields` replace those of the request. */
  async password(fields?: Readonly<Record<string, string>>): Promise<string> {
    return requestPassword(this.uftpd.commandAddress.port, this.base, fields)
  }

  async login(fields?: Readonly<Record<string, string>>): Promise<RawFtpClient> {
    return RawFtpClient.login(this.uftpd.listenAddress.port, await this.password(fields))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.uftpd[Symbol.asyncDispose]()
    await rm(this.#parent, { recursive: true, force: true })
  }
}
