/**
 * A program: mounts a file system in memory on argv[2] until SIGTERM or an outside unmount; settings
 * come as JSON in argv[3]. Prints `ready` when mounted. It is a process of its own because one that
 * uses its own mount deadlocks. SIGHUP: prints what is referenced. SIGUSR1: somebody else changes
 * files. SIGUSR2: process.exit(7).
 */

import type { MountOptions } from '../../../src/fuse/backend.ts'
import { KernelBackend } from '../../../src/fuse/kernel/backend.ts'
import { NativeBackend } from '../../../src/fuse/native/backend.ts'
import { ErrnoError } from '../../../src/support/errno-error.ts'
import { rootNodeid, type Caller } from '../../../src/vfs/filesystem.ts'
import { lineLogger } from './line-logger.ts'
import { MemoryFilesystem, type MemoryFilesystemOptions } from './memory-filesystem.ts'

export interface ServeSettings {
  readonly mount?: Partial<MountOptions>
  readonly filesystem?: MemoryFilesystemOptions
  /** So many files `f1`, `f2`, ... in a directory `many`, of which the kernel knows nothing yet. */
  readonly many?: number
  readonly backend?: 'kernel' | 'native'
  readonly readers?: number
  readonly debug?: boolean
}

/** Looking up `stuck` ends only when it is interrupted. */
class StuckFilesystem extends MemoryFilesystem {
  override lookup(parent: number, name: string, caller?: Caller) {
    if (name !== 'stuck') return super.lookup(parent, name)
    return new Promise<never>((_, reject) => {
      const stop = (): void => reject(new ErrnoError('EINTR', 'lookup'))
      caller?.signal?.addEventListener('abort', stop)
    })
  }
}

const [, , mountpoint = '', json = '{}'] = process.argv
const settings = JSON.parse(json) as ServeSettings
const owner = { uid: process.getuid!(), gid: process.getgid!() }
const filesystem = new StuckFilesystem(settings.filesystem, owner)
const log = lineLogger(settings.debug ?? false)
const options: MountOptions = {
  mountpoint,
  source: 'memory',
  readOnly: false,
  allowOther: false,
  defaultPermissions: true,
  autoUnmount: false,
  maxReadBytes: undefined,
  mountFlags: ['nosuid', 'nodev'],
  cacheTimeoutMs: 1000,
  kernelReadAheadBytes: 4 * 1024 * 1024,
  ...settings.mount,
}

if (settings.many) await makeMany(settings.many)

try {
  const isNative = settings.backend === 'native'
  const backend = isNative ? new NativeBackend() : new KernelBackend(settings)
  const mount = await backend.mount(filesystem, options, log)
  process.on('SIGTERM', () => {
    mount.unmount().catch((error: unknown) => log.error(String(error)))
  })
  process.on('SIGHUP', printUsage)
  process.on('SIGUSR1', () => void changeFromOutside())
  process.on('SIGUSR2', () => process.exit(7))
  process.stdout.write('ready\n')
  await mount.ended
  printUsage()
} catch (error) {
  process.stderr.write(`${String(error)}\n`)
  process.exitCode = 2
}

function printUsage(): void {
  process.stdout.write(`${JSON.stringify(filesystem.usage())}\n`)
}

async function makeMany(count: number): Promise<void> {
  const directory = await filesystem.makeDirectory(rootNodeid, 'many', 0o755, owner)
  for (let index = 1; index <= count; index++) {
    const name = `f${index}`
    const { nodeid } = await filesystem.makeNode(directory.nodeid, name, 'file', 0o644, owner)
    filesystem.forget(nodeid, 1)
  }
  filesystem.forget(directory.nodeid, 1)
}

/** As if another client had done it: new bytes in `shared`, `gone` is gone, `kept` is in doubt. */
async function changeFromOutside(): Promise<void> {
  const { nodeid } = await filesystem.lookup(rootNodeid, 'shared')
  const { fh } = await filesystem.open(nodeid, {
    access: 'write',
    append: false,
    truncate: false,
    exclusive: false,
  })
  await filesystem.write(fh, 0, Buffer.from('NEW'))
  await filesystem.release(fh)
  filesystem.forget(nodeid, 1)
  filesystem.invalidation!.invalidateInode(nodeid)
  filesystem.invalidation!.invalidateEntry(rootNodeid, 'kept')
  await filesystem.unlink(rootNodeid, 'gone')
  filesystem.invalidation!.invalidateEntry(rootNodeid, 'gone')
}
