/** Finds and runs mount(8), umount(8) and fusermount3(1). */

import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess, StdioOptions } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { errnoText } from '../support/errno.ts'
import { ErrnoError } from '../support/errno-error.ts'

/** They answer at once unless the machine is stuck. */
const timeoutMs = 30_000

/** While the process exits nobody answers requests: what needs longer waits for us. */
const exitTimeoutMs = 2_000

/** Their messages are a line or two. */
const messageMax = 4096

/** Where they are whatever the user's PATH is. */
const standardDirectories = ['/usr/bin', '/bin', '/usr/sbin', '/sbin']

export interface HelperOptions {
  /** Becomes descriptor 3 of the program. */
  readonly fd?: number
  readonly env?: Readonly<Record<string, string>>
}

export class Helpers {
  readonly #directories: readonly string[]

  /** `path`: directories as in PATH, searched first. */
  constructor(path: string) {
    this.#directories = [...path.split(delimiter).filter(Boolean), ...standardDirectories]
  }

  /** The path of the first of these programs that is installed. */
  find(...names: readonly string[]): string | undefined {
    const places = names.flatMap((name) => this.#directories.map((path) => join(path, name)))
    return places.find(isExecutable)
  }

  /**
   * Runs a program that must succeed; `what` is told of a failure. EOPNOTSUPP: it is not installed;
   * EPERM, EACCES, EBUSY, EINVAL by its message, EIO when that tells nothing; ETIMEDOUT: it hangs.
   */
  async run(
    what: string,
    program: string,
    args: readonly string[],
    options: HelperOptions = {},
  ): Promise<void> {
    const stdio: StdioOptions = ['ignore', 'pipe', 'pipe']
    if (options.fd !== undefined) stdio.push(options.fd)
    const child = spawn(program, args, {
      stdio,
      env: { ...this.#environment(), ...options.env },
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      // In a session of its own: Ctrl-C on the terminal is for us, not for what we have begun.
      detached: true,
    })
    let message = ''
    const collect = (text: Buffer): void => {
      message = (message + text.toString()).slice(0, messageMax)
    }
    child.stdout?.on('data', collect)
    child.stderr?.on('data', collect)
    return new Promise((resolve, reject) => {
      child.once('error', (cause) => {
        reject(new ErrnoError('EOPNOTSUPP', `${what}: ${program} cannot be run`, { cause }))
      })
      child.once('close', (code, signal) => {
        if (code === 0) resolve()
        else if (signal === null) reject(failure(what, message))
        else reject(new ErrnoError('ETIMEDOUT', `${what}: ${program} does not end`))
      })
    })
  }

  /** Starts a program that waits for what comes on its input, and may outlive us. */
  startGuard(program: string, args: readonly string[]): ChildProcess {
    return spawn(program, args, {
      stdio: ['pipe', 'ignore', 'ignore'],
      env: this.#environment(),
      detached: true,
      cwd: '/',
    })
  }

  /** Runs to the end while nothing else goes on; true if it succeeded. */
  runNow(program: string, args: readonly string[]): boolean {
    const env = this.#environment()
    const { status } = spawnSync(program, args, { stdio: 'ignore', env, timeout: exitTimeoutMs })
    return status === 0
  }

  /** No more than they need: ours may hold passwords. C: the messages are matched. */
  #environment(): Record<string, string> {
    return { PATH: this.#directories.join(delimiter), LC_ALL: 'C' }
  }
}

const messageCodes = [
  ['EBUSY', /busy/i],
  ['EINVAL', /not mounted|not found in/i],
  ['EACCES', /permission denied|no write access/i],
  ['EPERM', /not permitted|only allowed|superuser|not owned|forbidden/i],
] as const

function failure(what: string, message: string): ErrnoError {
  const [code] = messageCodes.find(([, pattern]) => pattern.test(message)) ?? ['EIO' as const]
  // The reason that ends it is told once, by the error.
  const reason = new RegExp(`: ${errnoText(code)}\\.?$`, 'i')
  const line = message
    .trim()
    .replaceAll(/\s*\n\s*/g, '; ')
    .replace(reason, '')
  return new ErrnoError(code, line === '' ? what : `${what}: ${line}`)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
