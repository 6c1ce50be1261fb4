/** The backend that speaks the kernel's FUSE protocol itself. Linux only. */

import type { FuseBackend, Mount, MountOptions } from '../backend.ts'
import type { Logger } from '../../support/logger.ts'
import type { Filesystem } from '../../vfs/filesystem.ts'
import { KernelDevice } from './device.ts'
import { createHelperMounter } from './fusermount.ts'
import { Helpers } from './helpers.ts'
import { raiseKernelReadAhead } from './kernel-read-ahead.ts'
import { guardExit } from './exit-guard.ts'
import { findMounted } from './mountinfo.ts'
import { createDirectMounter } from './mount.ts'
import type { Mounter } from './mounter.ts'
import { inspectMountpoint } from './mountpoint.ts'
import { maxWriteBytes } from './negotiation.ts'
import { Session } from './session.ts'

export interface KernelBackendOptions {
  /** Reads of /dev/fuse outstanding at once (2); the libuv pool needs more threads than that. */
  readonly readers?: number
  /** Directories as in PATH that may hold the mount programs, besides the standard ones. */
  readonly path?: string | undefined
}

/** See docs/decisions/fuse-threads.md. */
const defaultReaders = 2

export class KernelBackend implements FuseBackend {
  readonly #readers: number
  readonly #helpers: Helpers

  constructor(options: KernelBackendOptions = {}) {
    this.#readers = options.readers ?? defaultReaders
    this.#helpers = new Helpers(options.path ?? '')
  }

  async mount(filesystem: Filesystem, options: MountOptions, log: Logger): Promise<Mount> {
    const isRoot = process.geteuid?.() === 0
    const createMounter = isRoot ? createDirectMounter : createHelperMounter
    const mounter = await createMounter(this.#helpers)
    const mountpoint = await freeMountpoint(options.mountpoint, mounter, log)
    const fd = await mounter.mount(mountpoint, options, maxWriteBytes)
    const session = new Session(
      new KernelDevice(fd),
      filesystem,
      { readers: this.#readers, maxReadAheadBytes: options.kernelReadAheadBytes },
      log,
    )
    const mount = new KernelMount(mountpoint, mounter, session.run())
    try {
      await session.negotiated
    } catch (error) {
      await mount.unmount({ force: true }).catch((failure: unknown) => {
        log.error('unmount failed', { error: String(failure) })
      })
      throw error
    }
    await raiseKernelReadAhead(mountpoint, options.kernelReadAheadBytes, log)
    return mount
  }
}

class KernelMount implements Mount {
  readonly ended: Promise<void>
  readonly #mountpoint: string
  readonly #mounter: Mounter
  #hasEnded = false

  constructor(mountpoint: string, mounter: Mounter, serving: Promise<void>) {
    this.#mountpoint = mountpoint
    this.#mounter = mounter
    const unguard = guardExit((exitCode) => mounter.abandon(mountpoint, exitCode))
    this.ended = serving.finally(() => {
      this.#hasEnded = true
      unguard()
    })
    // Whoever waits gets it; a mount that nobody waits for must not crash the process.
    this.ended.catch(() => {})
  }

  async unmount(options: { force?: boolean } = {}): Promise<void> {
    const force = options.force ?? false
    if (this.#hasEnded) return
    try {
      await this.#mounter.unmount(this.#mountpoint, force)
    } catch (error) {
      // Somebody else may have been faster.
      if (await findMounted(this.#mountpoint)) throw error
    }
    // What is in use as a user, and unmounted by force, ends when its last user goes.
    if (!force) await this.ended
  }
}

/** Takes a dead mount away first. */
async function freeMountpoint(given: string, mounter: Mounter, log: Logger): Promise<string> {
  const mountpoint = await inspectMountpoint(given)
  if (!mountpoint.isDead) return mountpoint.path
  log.warn('a mount whose server has died is in the way; unmounting it', { mountpoint: given })
  await mounter.unmount(mountpoint.path, true)
  // Several may lie on top of each other, and below them must be a free directory.
  return freeMountpoint(given, mounter, log)
}
