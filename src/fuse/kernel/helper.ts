/** Runs mount(8), umount(8) and fusermount3(1). */

import { spawn, spawnSync } from 'node:child_process'
import type { StdioOptions } from 'node:child_process'
import { ErrnoError } from '../../support/errno-error.ts'

/** They answer at once unless the machine is stuck. */
const helperTimeoutMs = 30_000

/** While the process exits nobody answers requests: what needs longer waits for us. */
const exitTimeoutMs = 2_000

/** Their messages are a line or two. */
const messageMax = 4096

export interface HelperOptions {
  /** Becomes descriptor 3 of the program. */
  readonly fd?: number
  readonly env?: Readonly<Record<string, string>>
}

export interface HelperResult {
  readonly ok: boolean
  /** What it printed, in one line. */
  readonly message: string
}

/** Runs to the end. ENOENT: no such program. ETIMEDOUT: it hangs. */
export async function runHelper(
  program: string,
  args: readonly string[],
  options: HelperOptions = {},
): Promise<HelperResult> {
  const stdio: StdioOptions = ['ignore', 'pipe', 'pipe']
  if (options.fd !== undefined) stdio.push(options.fd)
  const child = spawn(program, args, {
    stdio,
    // C: the messages are matched and shown.
    env: { ...process.env, ...options.env, LC_ALL: 'C' },
    timeout: helperTimeoutMs,
    killSignal: 'SIGKILL',
  })
  let output = ''
  const collect = (text: Buffer): void => {
    output = (output + text.toString()).slice(0, messageMax)
  }
  child.stdout?.on('data', collect)
  child.stderr?.on('data', collect)
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => reject(new ErrnoError('ENOENT', program, { cause })))
    child.once('close', (code, signal) => {
      if (signal === 'SIGKILL') reject(new ErrnoError('ETIMEDOUT', `${program} does not end`))
      else resolve({ ok: code === 0, message: output.trim().replaceAll(/\s*\n\s*/g, '; ') })
    })
  })
}

/** Runs to the end while nothing else goes on; true if it succeeded. */
export function runHelperNow(program: string, args: readonly string[]): boolean {
  const result = spawnSync(program, args, { stdio: 'ignore', timeout: exitTimeoutMs })
  return result.status === 0
}

/** EPERM, EBUSY; EIO when the message tells nothing. */
export function helperFailure(what: string, { message }: HelperResult): ErrnoError {
  const [code] = messageCodes.find(([, pattern]) => pattern.test(message)) ?? ['EIO']
  return new ErrnoError(code, message === '' ? what : `${what}: ${message}`)
}

/** What mount(8), umount(8) and fusermount3(1) print, which have one exit code for everything. */
const messageCodes = [
  ['EBUSY', /busy/i],
  ['EINVAL', /not mounted|not found in/i],
  ['EPERM', /permission denied|not permitted|only allowed|superuser|no write access/i],
] as const
