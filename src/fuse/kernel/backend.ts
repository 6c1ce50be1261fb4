/** The backend that speaks the kernel's FUSE protocol itself. Linux only. */

import type { FuseBackend, Mount, MountOptions } from '../backend.ts'
import type { Logger } from '../../support/logger.ts'
import type { Filesystem } from '../../vfs/filesystem.ts'
import { withinDeadline } from '../deadline.ts'
import { DetachableDevice } from './detachable-device.ts'
import { KernelDevice, type Device } from './device.ts'
import { createHelperMounter } from './fusermount.ts'
import { Helpers } from '../helpers.ts'
import { raiseKernelReadAhead } from '../kernel-read-ahead.ts'
import {
  inheritedDescriptor,
  requireMountedDevice,
  requireMountedWith,
} from '../inherited-device.ts'
import { InheritedMount } from './inherited-mount.ts'
import { createDirectMounter } from './mount.ts'
import { freeMountpoint } from '../mountpoint.ts'
import { OwnMount } from './own-mount.ts'
import { Session } from './session.ts'
import { UnmountGuard } from '../unmount-guard.ts'

export interface KernelBackendOptions {
  /** Reads of /dev/fuse outstanding at once (2); the libuv pool needs more threads than that. */
  readonly readers?: number
  /** Directories as in PATH that may hold the mount programs, besides the standard ones. */
  readonly path?: string | undefined
}

/** See docs/decisions/fuse-threads.md. */
const defaultReaders = 2

/** The kernel asks as soon as there is a mount. */
const negotiationMs = 5_000

export class KernelBackend implements FuseBackend {
  readonly #readers: number
  readonly #helpers: Helpers

  constructor(options: KernelBackendOptions = {}) {
    this.#readers = options.readers ?? defaultReaders
    this.#helpers = new Helpers(options.path ?? '')
  }

  async mount(filesystem: Filesystem, options: MountOptions, log: Logger): Promise<Mount> {
    const fd = inheritedDescriptor(options.mountpoint)
    return fd === undefined
      ? this.#mountOn(filesystem, options, log)
      : this.#serveInherited(fd, filesystem, options, log)
  }

  async #mountOn(filesystem: Filesystem, options: MountOptions, log: Logger): Promise<Mount> {
    const isRoot = process.geteuid?.() === 0
    const createMounter = isRoot ? createDirectMounter : createHelperMounter
    const mounter = await createMounter(this.#helpers)
    const mountpoint = await freeMountpoint(options.mountpoint, mounter, log)
    const unmountGuard = options.autoUnmount
      ? await UnmountGuard.start(this.#helpers, mountpoint, mounter.unmountCommand(mountpoint), log)
      : undefined
    let fd: number
    try {
      fd = await mounter.mount(mountpoint, options)
    } catch (error) {
      await unmountGuard?.dismiss()
      throw error
    }
    const session = this.#createSession(new KernelDevice(fd), filesystem, options, log)
    const mount = new OwnMount({ mountpoint, mounter, unmountGuard, serving: session.run(), log })
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

  async #serveInherited(
    fd: number,
    filesystem: Filesystem,
    options: MountOptions,
    log: Logger,
  ): Promise<Mount> {
    requireMountedDevice(fd)
    await requireMountedWith(fd, options)
    const { makeBlocking, exitNow } = await import('./libc.ts')
    makeBlocking(fd)
    const device = new DetachableDevice(new KernelDevice(fd))
    const session = this.#createSession(device, filesystem, options, log)
    const mount = new InheritedMount(device, session.run(), exitNow)
    const text = `mountpoint ${options.mountpoint}: the kernel does not begin (is it being served?)`
    try {
      await withinDeadline(session.negotiated, negotiationMs, text)
    } catch (error) {
      await mount.unmount()
      throw error
    }
    return mount
  }

  #createSession(
    device: Device,
    filesystem: Filesystem,
    { kernelReadAheadBytes }: MountOptions,
    log: Logger,
  ): Session {
    const options = { readers: this.#readers, maxReadAheadBytes: kernelReadAheadBytes }
    return new Session(device, filesystem, options, log)
  }
}
