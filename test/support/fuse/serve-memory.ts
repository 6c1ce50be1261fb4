/**
 * A program: mounts a file system in memory on argv[2] until SIGTERM or an outside unmount. Prints
 * `ready` when mounted. Settings come as JSON in argv[3]. It is a process of its own because one
 * that uses its own mount deadlocks.
 */

import { KernelBackend } from '../../../src/fuse/kernel/backend.ts'
import type { MountOptions } from '../../../src/fuse/backend.ts'
import { MemoryFilesystem, type MemoryFilesystemOptions } from './memory-filesystem.ts'
import { lineLogger } from './line-logger.ts'

export interface ServeSettings {
  readonly mount?: Partial<MountOptions>
  readonly filesystem?: MemoryFilesystemOptions
  readonly readers?: number
  readonly debug?: boolean
}

const [, , mountpoint = '', json = '{}'] = process.argv
const settings = JSON.parse(json) as ServeSettings

const backend = new KernelBackend({ readers: settings.readers ?? 2 })
const owner = { uid: process.getuid!(), gid: process.getgid!() }
const filesystem = new MemoryFilesystem(settings.filesystem, owner)
const log = lineLogger(settings.debug ?? false)
const options: MountOptions = {
  mountpoint,
  source: 'memory',
  readOnly: false,
  allowOther: false,
  defaultPermissions: true,
  mountFlags: ['nosuid', 'nodev'],
  kernelReadAheadBytes: 4 * 1024 * 1024,
  ...settings.mount,
}
try {
  const mount = await backend.mount(filesystem, options, log)
  process.stdout.write('ready\n')
  process.once('SIGTERM', () => {
    mount.unmount().catch((error: unknown) => {
      log.error(String(error))
      process.exitCode = 1
    })
  })
  await mount.ended
  process.stdout.write(`ended ${JSON.stringify(filesystem.usage())}\n`)
  // The handler of SIGTERM would keep nothing alive, but a late signal must not find us half gone.
} catch (error) {
  process.stderr.write(`${String(error)}\n`)
  process.exitCode = 2
}
