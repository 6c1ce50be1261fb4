/** The program bin/uftpd in a process of its own: in another time zone, or as another user. */

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { runProgramAs, withoutPowers, type UserIds } from './mount/shell.ts'

const program = fileURLToPath(new URL('../../bin/uftpd', import.meta.url))

export class UftpdProcess implements AsyncDisposable {
  readonly commandPort: number
  readonly listenPort: number
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, commandPort: number, listenPort: number) {
    this.#child = child
    this.commandPort = commandPort
    this.listenPort = listenPort
  }

  static async start(
    environment: Readonly<Record<string, string>>,
    limits: {
      readonly fileSizeLimitBytes?: number
      readonly user?: UserIds
      /** Of root, by the names of setpriv(1). */
      readonly withoutCapabilities?: readonly string[]
    } = {},
  ): Promise<UftpdProcess> {
    const ports = {
      CMD_HOST: '127.0.0.1',
      CMD_PORT: '0',
      SERVER_HOST: '127.0.0.1',
      SERVER_PORT: '0',
    }
    const command = [
      ...(limits.user ? runProgramAs(limits.user) : []),
      ...(limits.withoutCapabilities ? withoutPowers(limits.withoutCapabilities) : []),
      '/bin/sh',
      '-c',
      shellCommand(limits.fileSizeLimitBytes),
      process.execPath,
      program,
    ]
    const child = spawn(command[0]!, command.slice(1), {
      env: { ...process.env, ...ports, ...environment },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const found = new Map<string, number>()
    for await (const line of createInterface({ input: child.stdout })) {
      const match = /^([a-z-]+): .*:(\d+)$/.exec(line)
      if (match) found.set(match[1]!, Number(match[2]))
      if (found.size === 2) break
    }
    return new UftpdProcess(child, found.get('command-port')!, found.get('listen-port')!)
  }

  /** Ends it by SIGTERM; its exit code. */
  async stop(): Promise<number | null> {
    if (this.#child.exitCode !== null) return this.#child.exitCode
    this.#child.kill('SIGTERM')
    const [code] = (await once(this.#child, 'exit')) as [number | null]
    return code
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

/** `exec` keeps the process id, so that signals reach the program. POSIX counts in 512 bytes. */
function shellCommand(fileSizeLimitBytes: number | undefined): string {
  const limit = fileSizeLimitBytes === undefined ? '' : `ulimit -f ${fileSizeLimitBytes / 512} && `
  return `${limit}exec "$0" "$@"`
}
