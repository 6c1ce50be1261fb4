/**
 * The portable backend, over libfuse through the package `fuse-native`: slower and coarser than the
 * kernel backend (docs/decisions/fuse-native-binding.md lists what it cannot express), for where that
 * cannot run.
 */

import { spawnSync } from 'node:child_process'
import { systemClock } from '../../support/clock.ts'
import { deferred } from '../../support/deferred.ts'
import { DisposalStack } from '../../support/disposal-stack.ts'
import type { Logger } from '../../support/logger.ts'
import type { Filesystem } from '../../vfs/filesystem.ts'
import type { FuseBackend, Mount, MountOptions } from '../backend.ts'
import { guardExit } from '../exit-guard.ts'
import { raiseKernelReadAhead } from '../kernel-read-ahead.ts'
import { loadBinding, type Binding, type Fuse } from './binding.ts'
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
 * libfuse has one time for all entries and attributes, and cannot be told that something changed.
 * What the file system answers may be about to expire, so the kernel may believe it only for a moment
 * longer: enough for the calls of one program on one file.
 */
const kernelTimeoutMaxMs = 100

/** fusermount3 asks nothing of the mount that it detaches. */
const detachLimitMs = 5000

export class NativeBackend implements FuseBackend {
  readonly #load: () => Binding

  constructor(load: () => Binding = () => loadBinding()) {
    this.#load = load
  }

  async mount(filesystem: Filesystem, options: MountOptions, log: Logger): Promise<Mount> {
    refuseImpossible(options)
    const Binding = this.#load()
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
    const fuse = new Binding(options.mountpoint, createOperations(context, ended.resolve), {
      timeout: false,
      maxConcurrency,
      nullPathOk: true,
      force: true,
      fsname: options.source,
      subtype: 'uftp',
      allowOther: options.allowOther,
      defaultPermissions: options.defaultPermissions,
      autoUnmount: options.autoUnmount,
      entryTimeout: kernelTimeoutSeconds,
      attrTimeout: kernelTimeoutSeconds,
      ...(options.maxReadBytes !== undefined && { maxRead: options.maxReadBytes }),
      onError: (error, operation) => log.debug('libfuse', { operation, error: String(error) }),
    })
    context.requests.setAsker(() => fuse.context())
    const held = new DisposalStack()
    // The binding's own handles do not keep the process alive.
    const timer = setInterval(() => {}, 2 ** 31 - 1)
    held.defer(() => clearInterval(timer))
    held.defer(guardExit(() => detach(options.mountpoint)))
    try {
      await new Promise<void>((resolve, reject) => {
        fuse.mount((error) => (error ? reject(error) : resolve()))
      })
    } catch (error) {
      await held[Symbol.asyncDispose]()
      throw error
    }
    await raiseKernelReadAhead(options.mountpoint, options.kernelReadAheadBytes, log)
    return new NativeMount(fuse, context, ended.promise, held)
  }
}

class NativeMount implements Mount {
  readonly ended: Promise<void>
  readonly #fuse: Fuse

  constructor(
    fuse: Fuse,
    { requests, paths }: NativeContext,
    destroyed: Promise<void>,
    held: AsyncDisposable,
  ) {
    this.#fuse = fuse
    this.ended = destroyed.then(async () => {
      await requests.end()
      paths.close()
      await held[Symbol.asyncDispose]()
    })
  }

  /** Always detaches: libfuse 3 unmounts lazily, whether the mount is in use or not. */
  async unmount(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#fuse.unmount((error) => (error ? reject(error) : resolve()))
    })
    await this.ended
  }
}

/** While the process exits: libfuse's threads go with it, and nobody would answer any more. */
function detach(mountpoint: string): void {
  spawnSync('fusermount3', ['-uz', '--', mountpoint], { stdio: 'ignore', timeout: detachLimitMs })
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
