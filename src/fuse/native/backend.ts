/**
 * The portable backend, over libfuse through the package `fuse-native`: slower and coarser than the
 * kernel backend (docs/decisions/fuse-native-binding.md lists what it cannot express), for where that
 * cannot run.
 */

import { systemClock } from '../../support/clock.ts'
import { deferred } from '../../support/deferred.ts'
import { DisposalStack } from '../../support/disposal-stack.ts'
import { ErrnoError } from '../../support/errno-error.ts'
import type { Logger } from '../../support/logger.ts'
import type { Filesystem } from '../../vfs/filesystem.ts'
import { fuseSubtype, type FuseBackend, type Mount, type MountOptions } from '../backend.ts'
import { guardExit } from '../exit-guard.ts'
import { requireFuseDevice } from '../fuse-device.ts'
import {
  allowOtherRefused,
  findFusermount,
  isAllowOtherPermitted,
  requireMayMount,
} from '../fusermount.ts'
import { Helpers } from '../helpers.ts'
import { raiseKernelReadAhead } from '../kernel-read-ahead.ts'
import { findMounted } from '../mountinfo.ts'
import { freeMountpoint } from '../mountpoint.ts'
import { maxReadBytes } from '../request-size.ts'
import { UnmountGuard } from '../unmount-guard.ts'
import { createRootUnmounter, createUserUnmounter, type Unmounter } from '../unmounter.ts'
import { loadBinding, type Fuse } from './binding.ts'
import type { NativeContext } from './context.ts'
import { createOperations } from './operations.ts'
import { OpenHandles } from './open-handles.ts'
import { PathResolver } from './path-resolver.ts'
import { Requests } from './requests.ts'

/**
 * Operations under way, each with a thread of its own that waits. The binding allows no more; what
 * comes beyond waits in the kernel.
 */
const maxConcurrency = 64

/**
 * libfuse has one time for all entries, and cannot be told that something changed. What the file
 * system answers may be about to expire, so the kernel may believe it only for a moment longer:
 * enough for the calls of one program on one file.
 */
const kernelTimeoutMaxMs = 100

export interface NativeBackendOptions {
  /** Directories as in PATH that may hold the unmount programs, besides the standard ones. */
  readonly path?: string | undefined
}

export class NativeBackend implements FuseBackend {
  readonly #helpers: Helpers

  constructor(options: NativeBackendOptions = {}) {
    this.#helpers = new Helpers(options.path ?? '')
  }

  async mount(filesystem: Filesystem, options: MountOptions, log: Logger): Promise<Mount> {
    refuseImpossible(options)
    const Binding = loadBinding()
    const unmounter = createUnmounter(this.#helpers)
    const mountpoint = await freeMountpoint(options.mountpoint, unmounter, log)
    requireMountable(this.#helpers, mountpoint, options)
    const context: NativeContext = {
      filesystem,
      requests: new Requests(log),
      paths: new PathResolver(filesystem),
      handles: new OpenHandles(systemClock),
      times: Binding,
      log,
    }
    const kernelTimeoutSeconds = Math.min(kernelTimeoutMaxMs, options.cacheTimeoutMs) / 1000
    const ended = deferred()
    const fuse = new Binding(mountpoint, createOperations(context, ended.resolve), {
      timeout: false,
      maxConcurrency,
      nullPathOk: true,
      fsname: expressible(options.source),
      subtype: fuseSubtype,
      allowOther: options.allowOther,
      defaultPermissions: options.defaultPermissions,
      entryTimeout: kernelTimeoutSeconds,
      // Sizes and times may change with the next confirmation of the far side.
      attrTimeout: 0,
      ...(options.maxReadBytes !== undefined && { maxRead: maxReadBytes(options) }),
      onError: (error, operation) => log.debug('libfuse', { operation, error: String(error) }),
    })
    context.requests.setAsker(() => fuse.context())
    const held = new DisposalStack()
    // The binding's own handles do not keep the process alive.
    const timer = setInterval(() => {}, 2 ** 31 - 1)
    held.defer(() => clearInterval(timer))
    held.defer(guardExit(() => unmounter.unmountNow(mountpoint)))
    try {
      if (options.autoUnmount) {
        const command = unmounter.unmountCommand(mountpoint)
        const guard = await UnmountGuard.start(this.#helpers, mountpoint, command, log)
        held.defer(() => guard.dismiss())
      }
      await new Promise<void>((resolve, reject) => {
        fuse.mount((error) => (error ? reject(error) : resolve()))
      })
    } catch (error) {
      await held[Symbol.asyncDispose]()
      throw error
    }
    await raiseKernelReadAhead(mountpoint, options.kernelReadAheadBytes, log)
    return new NativeMount({ mountpoint, unmounter, fuse, context, destroyed: ended.promise, held })
  }
}

interface NativeMountParts {
  /** Without symbolic links. */
  readonly mountpoint: string
  readonly unmounter: Unmounter
  readonly fuse: Fuse
  readonly context: NativeContext
  /** libfuse has let go. */
  readonly destroyed: Promise<void>
  /** What lives as long as the mount. */
  readonly held: AsyncDisposable
}

class NativeMount implements Mount {
  readonly ended: Promise<void>
  readonly #parts: NativeMountParts
  #isDestroyed = false

  constructor(parts: NativeMountParts) {
    this.#parts = parts
    this.ended = parts.destroyed.then(() => this.#finish())
    // Whoever waits gets it; a mount that nobody waits for must not crash the process.
    this.ended.catch(() => {})
  }

  /** By force through libfuse, which cannot do it otherwise: who uses the mount gets errors. */
  async unmount({ force = false }: { force?: boolean } = {}): Promise<void> {
    if (force) await this.#detach()
    else if (!this.#isDestroyed) await this.#unmountUnused()
    await this.ended
  }

  async #unmountUnused(): Promise<void> {
    const { mountpoint, unmounter } = this.#parts
    try {
      await unmounter.unmount(mountpoint, false)
    } catch (error) {
      // Somebody else may have been faster.
      if (await findMounted(mountpoint)) throw error
    }
  }

  async #finish(): Promise<void> {
    const { context, mountpoint, unmounter, held } = this.#parts
    this.#isDestroyed = true
    await context.requests.end()
    context.paths.close()
    // libfuse leaves a mount whose connection was cut where it is.
    const isCut = (await findMounted(mountpoint)) !== undefined
    if (isCut) await unmounter.unmount(mountpoint, true)
    await held[Symbol.asyncDispose]()
    if (isCut) throw new ErrnoError('ECONNABORTED', `the mount on ${mountpoint}`)
  }

  async #detach(): Promise<void> {
    this.#parts.context.requests.interrupt()
    await new Promise<void>((resolve, reject) => {
      this.#parts.fuse.unmount((error) => (error ? reject(error) : resolve()))
    })
  }
}

function createUnmounter(helpers: Helpers): Unmounter {
  return process.geteuid?.() === 0
    ? createRootUnmounter(helpers)
    : createUserUnmounter(helpers, findFusermount(helpers))
}

/** libfuse gives no reasons: what would keep it from mounting is looked for before. */
function requireMountable(
  helpers: Helpers,
  mountpoint: string,
  { allowOther }: MountOptions,
): void {
  if (process.geteuid?.() === 0) requireFuseDevice()
  else requireMayMount(findFusermount(helpers), mountpoint)
  // The binding wants it of root also.
  if (allowOther && !isAllowOtherPermitted()) throw allowOtherRefused()
}

/** A comma would end the option; the binding takes none, nor what else would need quoting. */
function expressible(source: string): string {
  return source.replaceAll(/[,\\\r\n]/g, '_')
}

/** libfuse sets these itself; the binding can pass no others on. */
const mountFlagsPossible: ReadonlySet<string> = new Set(['nosuid', 'nodev'])

const advice = 'use --fuse-backend kernel'

function refuseImpossible({ mountpoint, mountFlags }: MountOptions): void {
  if (mountpoint.startsWith('/dev/fd/')) {
    throw new Error(`the native backend cannot serve ${mountpoint}; ${advice}`)
  }
  const impossible = mountFlags.filter((flag) => !mountFlagsPossible.has(flag))
  if (impossible.length > 0) {
    const flags = impossible.join(',')
    throw new Error(`the native backend cannot pass the option ${flags} on; ${advice}`)
  }
}
