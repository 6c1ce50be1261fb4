/**
 * A UFTPD that somebody else runs, named by the environment:
 *
 *   UFTP_TEST_COMMAND_PORT=HOST:PORT  where transfer requests go (plain text)
 *   UFTP_TEST_LISTEN_PORT=HOST:PORT   where sessions log in
 *   UFTP_TEST_DIR=DIRECTORY           a directory behind it that this machine sees too
 *   UFTP_TEST_USER=NAME               the account its sessions run as; owner of the directory
 */

import { chmodSync, chownSync, lstatSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { detachMount, mountsBelow } from './mount-table.ts'
import { isRoot } from './requirements.ts'
import type { SignOn, TestServer } from './test-server.ts'
import { requestTransfer } from './transfer-request.ts'
import { until } from './until.ts'

interface ExternalSettings {
  readonly commandPort: string
  readonly listenPort: string
  readonly directory: string
  readonly user: string
}

/** Undefined when the environment names none; throws when it names half of one. */
export function externalSettings(env = process.env): ExternalSettings | undefined {
  const settings = {
    commandPort: env['UFTP_TEST_COMMAND_PORT'],
    listenPort: env['UFTP_TEST_LISTEN_PORT'],
    directory: env['UFTP_TEST_DIR'],
    user: env['UFTP_TEST_USER'],
  }
  const values = Object.values(settings)
  if (values.every((value) => !value)) return undefined
  if (values.every((value) => value)) return settings as ExternalSettings
  throw new Error('UFTP_TEST_{COMMAND_PORT,LISTEN_PORT,DIR,USER} must be set together')
}

/** UFTPD looks every 5 s which sessions have ended. */
const tidyMs = 15_000

export class ExternalServer implements TestServer {
  readonly name = 'external'
  readonly timeGranularityNs = 1_000_000_000n
  readonly expectedLog = /the server grants fewer sessions than wanted/
  readonly #settings: ExternalSettings
  readonly #directories: string[] = []

  constructor(settings: ExternalSettings) {
    this.#settings = settings
  }

  async makeDirectory(): Promise<string> {
    const directory = mkdtempSync(join(this.#settings.directory, 'uftp-mount-test.'))
    this.#directories.push(directory)
    const { uid, gid } = lstatSync(this.#settings.directory)
    chmodSync(directory, 0o755)
    if (isRoot) chownSync(directory, uid, gid)
    return directory
  }

  async signOn(directory: string): Promise<SignOn> {
    const { address, password } = await this.openDirectly(directory)
    return {
      target: `uftpd://${address}${directory}`,
      options: [],
      env: { UFTP_ONE_TIME_PASSWORD: password },
    }
  }

  async openDirectly(directory: string): Promise<{ address: string; password: string }> {
    const { commandPort, listenPort, user } = this.#settings
    // Sessions of the mount before count against MAX_CONNECTIONS until UFTPD tidies up.
    const request = () => requestTransfer(commandPort, user, directory)
    const password = await until('the server has room for sessions', request, tidyMs)
    return { address: listenPort, password }
  }

  logProblems(): string[] {
    return []
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const directory of this.#directories) {
      for (const mount of mountsBelow(directory)) detachMount(mount)
      rmSync(directory, { recursive: true, force: true })
    }
  }
}
