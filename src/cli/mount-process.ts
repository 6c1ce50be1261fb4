/**
 * The process that serves a mount, from sign-on to the end.
 *
 * Order of the end: unmount (no new requests), write what is pending, close the sessions. SIGTERM
 * and SIGINT begin it, an unmount from outside is the same; a second signal ends the process at once.
 */

import type { Mount } from '../fuse/backend.ts'
import { inspectMountpoint } from '../fuse/mountpoint.ts'
import { systemClock } from '../support/clock.ts'
import { DisposalStack } from '../support/disposal-stack.ts'
import { isErrno } from '../support/errno-error.ts'
import type { Logger } from '../support/logger.ts'
import { Vfs } from '../vfs/vfs.ts'
import type { MountConfig } from './config.ts'
import { connectRemote } from './connect.ts'
import { startDemo } from './demo.ts'
import { exitCodes, type ExitError } from './exit.ts'
import { mountFailure, remoteFailure } from './failures.ts'
import { createFuseBackend } from './fuse-backend.ts'
import { createLogger } from './log.ts'
import type { Secrets } from './secrets.ts'

/** The kernel reads ahead this much where that may be set: a few of its largest requests. */
const kernelReadAheadBytes = 4 * 2 ** 20

/** Resolves after the unmount, when everything is written and closed. */
export async function mountAndServe(
  config: MountConfig,
  secrets: Secrets,
  ready: () => Promise<void>,
): Promise<void> {
  const log = createLogger({ level: config.logLevel, file: config.logFile })
  const stack = new DisposalStack()
  const stop = stopSignal(log)
  process.on('uncaughtExceptionMonitor', (error) =>
    log.error('a bug ends the mount', { error: error.stack }),
  )
  try {
    // Before the sign-on: a wrong mountpoint should not cost the user a minute of network.
    const { path } = await inspectMountpoint(config.mountpoint).catch(rethrow(mountFailure))
    const vfs = await connect(config, secrets, { path, stack, log, signal: stop.signal }).catch(
      rethrow(remoteFailure),
    )
    const mount = await createFuseBackend(config.fuseBackend, process.env['PATH'])
      .mount(vfs, mountOptions(config), log)
      .catch(rethrow(mountFailure))
    process.chdir('/')
    log.info('mounted', { mountpoint: config.mountpoint, source: config.source })
    await ready()
    stop.signal.addEventListener('abort', () => void unmount(mount, vfs, log))
    if (stop.signal.aborted) await unmount(mount, vfs, log)
    await mount.ended
    log.info('unmounted', { mountpoint: config.mountpoint })
  } finally {
    await stack[Symbol.asyncDispose]()
    stop[Symbol.dispose]()
  }
}

interface ConnectContext {
  /** Of the mountpoint, without symbolic links. */
  readonly path: string
  /** Takes what must be closed at the end. */
  readonly stack: DisposalStack
  readonly log: Logger
  readonly signal: AbortSignal
}

async function connect(
  config: MountConfig,
  secrets: Secrets,
  { path, stack, log, signal }: ConnectContext,
): Promise<Vfs> {
  const demo = config.target ? undefined : stack.use(await startDemo(config.demoDirectory, path))
  const remote = stack.use(await connectRemote(config, secrets, demo, log, signal))
  const vfs = stack.use(await Vfs.create({ remote, options: config.vfs, clock: systemClock, log }))
  void remote.prepareTransfers()
  return vfs
}

function rethrow(translate: (error: unknown) => ExitError): (error: unknown) => never {
  return (error) => {
    throw translate(error)
  }
}

function mountOptions(config: MountConfig) {
  const { mountpoint, source, allowOther, defaultPermissions } = config
  const { autoUnmount, maxReadBytes, mountFlags } = config
  return {
    mountpoint,
    source,
    readOnly: config.vfs.readOnly,
    allowOther,
    defaultPermissions,
    mountFlags,
    autoUnmount,
    maxReadBytes,
    cacheTimeoutMs: Math.min(config.vfs.attributeTimeoutMs, config.vfs.entryTimeoutMs),
    kernelReadAheadBytes,
  }
}

/** A mount in use is detached: nobody finds it any more, and it ends with its last open file. */
async function unmount(mount: Mount, vfs: Vfs, log: Logger): Promise<void> {
  await vfs.sync()
  try {
    await mount.unmount()
  } catch (error) {
    if (!isErrno(error, 'EBUSY')) log.error('unmount failed', { error })
    log.warn('the mount is in use: it is detached, programs that use it will get errors')
    await mount.unmount({ force: true }).catch((failure: unknown) => {
      log.error('detaching failed', { error: failure })
    })
  }
}

interface StopSignal extends Disposable {
  readonly signal: AbortSignal
}

function stopSignal(log: Logger): StopSignal {
  const controller = new AbortController()
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const stop = (name: string): void => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted)
    log.info('ending', { signal: name })
    controller.abort()
  }
  for (const name of names) process.on(name, stop)
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      for (const name of names) process.off(name, stop)
    },
  }
}
