/** Our Auth server and our uftpd as separate processes, as an administrator would run them. */

import { createHash } from 'node:crypto'
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { selfSignedCredential } from '../../../src/server/auth/self-signed.ts'
import { programCommand } from '../project.ts'
import { logProblems } from './log-problems.ts'
import { TestProcess } from './process.ts'
import { isRoot } from './requirements.ts'
import { withoutPowers } from './shell.ts'
import type { SignOn, TestServer } from './test-server.ts'
import { requestTransfer } from './transfer-request.ts'
import { until } from './until.ts'

const site = 'TEST'
const account = { user: 'tester', password: 'open sesame: ä' }
const startMs = 20_000

/** Its summer time ends while others' goes on: what mixes up zones shows. */
const timeZone = 'America/New_York'

/**
 * Root may do everything to files; a server that may would hide what users meet. Its process keeps
 * the user, but not these powers.
 */
const powersOfRoot = ['dac_override', 'dac_read_search', 'fowner', 'chown']

export interface OurServerOptions {
  /** With all powers of root: it may give files to others. */
  readonly privileged?: boolean
}

export class OurServer implements TestServer {
  readonly name = 'ours'
  readonly timeGranularityNs = 1_000_000_000n
  readonly user = account.user
  readonly password = account.password
  readonly authUrl: string
  readonly caFile: string
  readonly commandPort: string
  readonly listenPort: string
  readonly #root: string
  readonly #processes: readonly TestProcess[]

  private constructor(
    root: string,
    processes: readonly TestProcess[],
    addresses: { authUrl: string; commandPort: string; listenPort: string },
  ) {
    this.#root = root
    this.#processes = processes
    this.authUrl = addresses.authUrl
    this.commandPort = addresses.commandPort
    this.listenPort = addresses.listenPort
    this.caFile = join(root, 'certificate.pem')
  }

  static async start(scratch: string, options: OurServerOptions = {}): Promise<OurServer> {
    const root = mkdtempSync(join(scratch, 'server.'))
    const processes: TestProcess[] = []
    try {
      const uftpd = startProgram(
        'uftpd',
        [],
        {
          CMD_HOST: '127.0.0.1',
          CMD_PORT: '0',
          SERVER_HOST: '127.0.0.1',
          SERVER_PORT: '0',
          TZ: timeZone,
        },
        options,
      )
      processes.push(uftpd)
      const commandPort = await printed(uftpd, 'command-port')
      const listenPort = await printed(uftpd, 'listen-port')
      const configuration = await writeAuthConfiguration(root, commandPort)
      const auth = startProgram('uftp-authserver', ['--config', configuration], {})
      processes.push(auth)
      const authUrl = await printed(auth, 'auth-url')
      return new OurServer(root, processes, { authUrl, commandPort, listenPort })
    } catch (error) {
      for (const child of processes) await child[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Of uftpd and the Auth server. */
  get processIds(): readonly number[] {
    return this.#processes.map(({ pid }) => pid)
  }

  async makeDirectory(): Promise<string> {
    const directory = mkdtempSync(join(this.#root, 'served.'))
    chmodSync(directory, 0o755)
    return directory
  }

  async signOn(directory: string): Promise<SignOn> {
    return {
      target: `${this.authUrl}/${site}:${directory}`,
      options: ['--cacert', this.caFile, '-u', this.user],
      env: { UFTP_PASSWORD: this.password },
    }
  }

  async openDirectly(directory: string): Promise<{ address: string; password: string }> {
    const password = await requestTransfer(this.commandPort, userInfo().username, directory)
    return { address: this.listenPort, password }
  }

  logProblems(): string[] {
    return this.#processes.flatMap((child) =>
      logProblems(child.stdout().toString() + child.stderr().toString()),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#processes.toReversed()) {
      child.signal('SIGTERM')
      const { code } = await child.wait(startMs)
      if (code !== 0) throw new Error(`a server ended with ${code}: ${child.stderr().toString()}`)
    }
  }
}

function startProgram(
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  { privileged = false }: OurServerOptions = {},
): TestProcess {
  const confined = isRoot && !privileged ? withoutPowers(powersOfRoot) : []
  return TestProcess.start([...confined, ...programCommand(name), ...args], {
    env: { ...process.env, ...env },
  })
}

/** The value of a `name: value` line that a server prints when it is ready. */
async function printed(child: TestProcess, name: string): Promise<string> {
  const line = new RegExp(`^${name}: (.*)$`, 'm')
  const probe = (): string | undefined => {
    if (!child.running) throw new Error(`it ended\n${child.stderr().toString()}`)
    return line.exec(child.stdout().toString())?.[1]
  }
  return until(`a server prints its ${name}`, probe, startMs)
}

/** What an administrator writes for one site, one user and a certificate; the file's path. */
async function writeAuthConfiguration(directory: string, commandPort: string): Promise<string> {
  const write = (name: string, text: string): string => {
    const path = join(directory, name)
    writeFileSync(path, text, { mode: 0o600 })
    return path
  }
  const dn = 'CN=Tester,O=Example,C=EU'
  const salt = 'pepper'
  const hash = createHash('md5').update(`${salt}${account.password}`).digest('hex')
  const { certificate, key } = await selfSignedCredential()
  write('certificate.pem', certificate)
  const [host, port] = commandPort.split(':')
  const properties = {
    'container.host': '127.0.0.1',
    'container.port': '0',
    'container.security.credential.path': write('credential.pem', `${key}\n${certificate}`),
    'container.security.rest.authentication.order': 'FILE',
    'container.security.rest.authentication.FILE.file': write(
      'users',
      `${account.user}:${hash}:${salt}:${dn}\n`,
    ),
    'container.security.attributes.order': 'FILE',
    'container.security.attributes.FILE.file': write(
      'map',
      JSON.stringify({ [dn]: { role: 'user', xlogin: userInfo().username } }),
    ),
    'authservice.servers': site,
    [`authservice.server.${site}.host`]: '127.0.0.1',
    [`authservice.server.${site}.commandHost`]: host,
    [`authservice.server.${site}.commandPort`]: port,
    [`authservice.server.${site}.ssl`]: 'false',
  }
  const lines = Object.entries(properties).map(([name, value]) => `${name}=${value}\n`)
  return write('container.properties', lines.join(''))
}
