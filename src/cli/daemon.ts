/**
 * Going to the background. Node cannot fork itself, so the parent starts the program anew as a
 * session leader without a terminal, hands it the passwords over a private channel (never by
 * argument or environment), and waits until the mount answers or has failed.
 */

import { fork, type ChildProcess, type StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { withinDeadline } from '../fuse/deadline.ts'
import { inheritedDescriptor, requireMountedDevice } from '../fuse/inherited-device.ts'
import { Secret } from '../support/secret.ts'
import type { MountConfig } from './config.ts'
import { exitCodes, ExitError, type ExitCode } from './exit.ts'
import { reasonOf } from './reason.ts'
import type { Secrets } from './secrets.ts'

/** Tells the child its role; holds nothing else. */
const roleVariable = 'UFTP_MOUNT_DAEMON'

/**
 * As in bin/uftp-mount. Two threads of the pool wait for the kernel's requests. Young garbage may
 * take 4 MiB and not 16 three times over, which costs no time here.
 */
const threadPoolSize = '8'
const nodeOptions = ['--max-semi-space-size=4']

type FromChild =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly exitCode: ExitCode; readonly message: string }

interface FromParent {
  readonly password: string | undefined
  readonly oneTimePassword: string | undefined
}

/** True in the child. The variable is removed so that nothing started from here takes the role. */
export const isDaemon = process.env[roleVariable] !== undefined && process.send !== undefined
delete process.env[roleVariable]

/** Parent: starts the daemon and resolves when the mountpoint answers. If it fails nothing is left. */
export async function startDaemon(
  entry: string,
  arguments_: readonly string[],
  { mountpoint, timeoutMs }: MountConfig,
  secrets: Secrets,
): Promise<void> {
  const inherited = inheritedDescriptor(mountpoint)
  if (inherited !== undefined) requireMountedDevice(inherited)
  const child = fork(entry, arguments_, {
    detached: true,
    env: { ...process.env, [roleVariable]: '1', UV_THREADPOOL_SIZE: threadPoolSize },
    execArgv: nodeOptions,
    stdio: daemonStdio(inherited),
  })
  // Ctrl-C while waiting: the child is in another session and would not notice.
  let interrupted = false
  const interrupt = (): void => {
    interrupted = true
    child.kill('SIGTERM')
  }
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
  const message: FromParent = {
    password: secrets.password?.reveal(),
    oneTimePassword: secrets.oneTimePassword?.reveal(),
  }
  child.send(message)
  const ended = once(child, 'exit')
  const answer = await Promise.race([
    once(child, 'message').then(([reply]) => reply as FromChild),
    ended.then((): FromChild => ({
      kind: 'failed',
      exitCode: exitCodes.system,
      message: 'the mount process ended unexpectedly; run with -f to see why',
    })),
  ])
  const failure =
    answer.kind === 'failed'
      ? new ExitError(answer.exitCode, answer.message)
      : await mountpointFailure(mountpoint, timeoutMs)
  // However far it had come by then: what has been told to unmount is no success.
  if (interrupted) {
    await ended
    throw new ExitError(exitCodes.interrupted, 'interrupted')
  }
  if (failure) {
    await end(child, ended)
    throw failure
  }
  child.disconnect()
  child.unref()
}

/** What keeps the mountpoint from answering, if anything does. */
async function mountpointFailure(
  mountpoint: string,
  timeoutMs: number,
): Promise<ExitError | undefined> {
  const text = `mountpoint ${mountpoint}: it is mounted, but does not answer`
  try {
    await withinDeadline(stat(mountpoint), timeoutMs, text)
    return undefined
  } catch (error) {
    return new ExitError(exitCodes.system, `${text}: ${reasonOf(error)}`, { cause: error })
  }
}

/** Longer than a mount that nobody uses takes to end. */
const endLimitMs = 10_000

/** The first SIGTERM unmounts and writes what is pending, the second unmounts and ends at once. */
async function end(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGTERM', 'SIGKILL'] as const) {
    child.kill(signal)
    const limit = new AbortController()
    await Promise.race([ended, delay(endLimitMs, undefined, { signal: limit.signal })])
    limit.abort()
    if (child.exitCode !== null || child.signalCode !== null) return
  }
}

/** Nothing but the channel, and the descriptor of a mount that we have inherited, at its number. */
function daemonStdio(inherited: number | undefined): StdioOptions {
  const stdio: ('ignore' | 'ipc' | number)[] = ['ignore', 'ignore', 'ignore']
  if (inherited !== undefined) {
    while (stdio.length < inherited) stdio.push('ignore')
    stdio[inherited] = inherited
  }
  const free = stdio.indexOf('ignore', 3)
  stdio[free < 0 ? stdio.length : free] = 'ipc'
  return stdio
}

/** Child: the passwords that the parent sends first. */
export async function receiveSecrets(): Promise<Secrets> {
  const [message] = (await once(process, 'message')) as [FromParent]
  return {
    password: asSecret(message.password),
    oneTimePassword: asSecret(message.oneTimePassword),
  }
}

/** Child: the mount is served; the parent may go. */
export async function reportReady(): Promise<void> {
  await report({ kind: 'ready' })
}

/** Child: nothing was mounted. */
export async function reportFailure(exitCode: ExitCode, message: string): Promise<void> {
  await report({ kind: 'failed', exitCode, message })
}

async function report(message: FromChild): Promise<void> {
  await new Promise<void>((resolve) => {
    // A parent that is gone cannot be told; the mount goes on.
    if (process.connected) process.send?.(message, () => resolve())
    else resolve()
  })
}

function asSecret(text: string | undefined): Secret | undefined {
  return text === undefined ? undefined : new Secret(text)
}
