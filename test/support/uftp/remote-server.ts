/**
 * A UFTPD with a fresh directory behind it, for tests of the client alone: ours in this process, or
 * the one that the environment names (see mount/external-server.ts).
 */

import { chmodSync, chownSync, lstatSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../../../src/support/clock.ts'
import { silentLogger } from '../../../src/support/logger.ts'
import { Secret } from '../../../src/support/secret.ts'
import { UftpRemote, type UftpRemoteOptions } from '../../../src/uftp/remote.ts'
import type { SessionTicket } from '../../../src/uftp/session-ticket.ts'
import type { UftpdConfig } from '../../../src/server/uftpd/config.ts'
import { externalSettings } from '../mount/external-server.ts'
import { requestTransfer } from '../mount/transfer-request.ts'
import { UftpdFixture } from '../uftpd-fixture.ts'

export abstract class RemoteServer implements AsyncDisposable {
  abstract readonly name: 'ours' | 'external'
  /** Real path of the directory that sessions are confined to. */
  abstract readonly base: string
  /** The account that sessions run as may read everything. */
  abstract readonly runsAsRoot: boolean
  /** How fine the server tells and stores times. */
  abstract readonly timeGranularityNs: bigint
  readonly #remotes: UftpRemote[] = []

  static async start(): Promise<RemoteServer> {
    const settings = externalSettings()
    return settings ? new ForeignUftpd(settings) : OwnUftpd.start()
  }

  /** A fresh session ticket; without `directory` for `base`. */
  abstract ticket(directory?: string): Promise<SessionTicket>

  path(name: string): string {
    return join(this.base, name)
  }

  /** Ends with the server unless the test does. */
  async connect(options: Partial<UftpRemoteOptions> = {}): Promise<UftpRemote> {
    const remote = await UftpRemote.connect({
      signOn: () => this.ticket(),
      base: this.base,
      log: silentLogger,
      clock: systemClock,
      ...options,
    })
    this.#remotes.push(remote)
    return remote
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#remotes.map((remote) => remote[Symbol.asyncDispose]()))
    await this.stop()
  }

  protected abstract stop(): Promise<void>
}

export class OwnUftpd extends RemoteServer {
  readonly name = 'ours'
  readonly runsAsRoot = process.getuid?.() === 0
  readonly timeGranularityNs = 1n
  readonly #fixture: UftpdFixture

  static override async start(config: Partial<UftpdConfig> = {}): Promise<OwnUftpd> {
    return new OwnUftpd(await UftpdFixture.start(config))
  }

  private constructor(fixture: UftpdFixture) {
    super()
    this.#fixture = fixture
  }

  get base(): string {
    return this.#fixture.base
  }

  async ticket(directory = this.base): Promise<SessionTicket> {
    const file = directory === '' ? '' : `${directory}/`
    return {
      host: '127.0.0.1',
      port: this.#fixture.uftpd.listenAddress.port,
      secret: new Secret(await this.#fixture.password({ file })),
    }
  }

  protected stop(): Promise<void> {
    return this.#fixture[Symbol.asyncDispose]()
  }
}

type ForeignSettings = NonNullable<ReturnType<typeof externalSettings>>

class ForeignUftpd extends RemoteServer {
  readonly name = 'external'
  readonly runsAsRoot = false
  readonly timeGranularityNs = 1_000_000_000n
  readonly base: string
  readonly #settings: ForeignSettings

  constructor(settings: ForeignSettings) {
    super()
    this.#settings = settings
    this.base = realpathSync(mkdtempSync(join(settings.directory, 'uftp-client-test.')))
    chmodSync(this.base, 0o755)
    const { uid, gid } = lstatSync(settings.directory)
    if (process.getuid?.() === 0) chownSync(this.base, uid, gid)
  }

  async ticket(directory = this.base): Promise<SessionTicket> {
    const { commandPort, listenPort, user } = this.#settings
    const secret = new Secret(await requestTransfer(commandPort, user, directory))
    const colon = listenPort.lastIndexOf(':')
    return { host: listenPort.slice(0, colon), port: Number(listenPort.slice(colon + 1)), secret }
  }

  protected async stop(): Promise<void> {
    rmSync(this.base, { recursive: true, force: true })
  }
}
