/**
 * An sshd of our own on loopback, with keys and settings in a scratch directory: the system's ssh
 * is left as it is.
 */

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { TestProcess } from '../../test/support/mount/process.ts'
import { findProgram } from '../../test/support/mount/requirements.ts'
import { until } from '../../test/support/mount/until.ts'
import { openRoute } from '../wan/wan.ts'
import type { Network, Route } from '../wan/wan.ts'

const host = '127.0.0.1'

export class SshServer implements AsyncDisposable {
  readonly user = userInfo().username
  readonly keyFile: string
  readonly hostKey: string
  readonly port: number
  readonly #process: TestProcess

  private constructor(keyFile: string, hostKey: string, port: number, child: TestProcess) {
    this.keyFile = keyFile
    this.hostKey = hostKey
    this.port = port
    this.#process = child
  }

  static async start(scratch: string): Promise<SshServer> {
    const sshd = findProgram('sshd')
    if (!sshd) throw new Error('sshd is not installed')
    const directory = mkdtempSync(join(scratch, 'sshd.'))
    const hostKeyFile = makeKey(directory, 'host_key')
    const keyFile = makeKey(directory, 'user_key')
    const port = await freePort()
    const configuration = join(directory, 'sshd_config')
    const settings = {
      ListenAddress: `${host}:${port}`,
      HostKey: hostKeyFile,
      AuthorizedKeysFile: `${keyFile}.pub`,
      PidFile: 'none',
      StrictModes: 'no',
      UsePAM: 'no',
      PasswordAuthentication: 'no',
      PermitRootLogin: 'prohibit-password',
      Subsystem: 'sftp internal-sftp',
    }
    const lines = Object.entries(settings).map(([name, value]) => `${name} ${value}\n`)
    writeFileSync(configuration, lines.join(''))
    // Where root's sshd confines itself; a running service has made it already.
    if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true })
    const child = TestProcess.start([sshd, '-D', '-e', '-f', configuration])
    const hostKey = readFileSync(`${hostKeyFile}.pub`, 'utf8').split(' ').slice(0, 2).join(' ')
    const server = new SshServer(keyFile, hostKey, port, child)
    try {
      await until('sshd answers', () => isAnswering(port, child))
    } catch (error) {
      await server[Symbol.asyncDispose]()
      throw new Error(child.stderr().toString(), { cause: error })
    }
    return server
  }

  openRoute(network: Network): Promise<Route> {
    return openRoute(network, { host, port: this.port, ftp: false })
  }

  /** A known_hosts file for the server at the end of that route. */
  knownHosts(route: Route, scratch: string): string {
    const file = join(mkdtempSync(join(scratch, 'known.')), 'hosts')
    writeFileSync(file, `[${route.host}]:${route.port} ${this.hostKey}\n`)
    return file
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]()
  }
}

function makeKey(directory: string, name: string): string {
  const file = join(directory, name)
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file])
  return file
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function isAnswering(port: number, child: TestProcess): Promise<true> {
  if (!child.running) throw new Error('sshd ended')
  const socket = connect(port, host)
  await once(socket, 'data')
  socket.destroy()
  return true
}
