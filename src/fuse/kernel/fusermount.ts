/**
 * Mounting as an ordinary user: the set-uid program fusermount3 mounts and sends the descriptor of
 * /dev/fuse over a socket that it inherits (its protocol with libfuse: `_FUSE_COMMFD` names it).
 */

import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { ErrnoError } from '../../support/errno-error.ts'
import type { MountOptions } from '../backend.ts'
import { requireFuseDevice } from './fuse-device.ts'
import { helperFailure, runHelper, runHelperNow } from './helper.ts'
import { fuseSubtype, kernelOptions, type Mounter } from './mounter.ts'

/** fusermount is libfuse 2's; both speak the same protocol. */
const helperNames = ['fusermount3', 'fusermount']

/** ENOENT: no helper is installed. */
export async function createHelperMounter(): Promise<Mounter> {
  const helper = findHelper()
  // Only here, so that root needs no foreign code.
  const [{ DescriptorChannel }, { exitNow }] = await Promise.all([
    import('./descriptor-channel.ts'),
    import('./libc.ts'),
  ])
  return {
    async mount(mountpoint, options, maxReadBytes) {
      // The helper opens the device itself, but explains its absence badly.
      requireFuseDevice()
      using channel = new DescriptorChannel()
      const args = ['-o', mountWords(options, maxReadBytes), '--', mountpoint]
      const env = { _FUSE_COMMFD: '3' }
      const result = await runHelper(helper, args, { fd: channel.senderFd, env })
      if (!result.ok) throw helperFailure(`mount on ${mountpoint}`, result)
      return channel.receive()
    },

    async unmount(mountpoint, force) {
      const result = await runHelper(helper, unmountArgs(mountpoint, force))
      if (!result.ok) throw helperFailure(`unmount of ${mountpoint}`, result)
    },

    abandon(mountpoint, exitCode) {
      runHelperNow(helper, unmountArgs(mountpoint, true))
      // In use, the service goes on unseen: only the end of the process ends it.
      exitNow(exitCode)
    },
  }
}

function mountWords(options: MountOptions, maxReadBytes: number): string {
  return [
    // A comma would end the option.
    `fsname=${options.source.replaceAll(/[\\,]/g, '\\$&')}`,
    `subtype=${fuseSubtype}`,
    ...kernelOptions(options, maxReadBytes),
  ].join(',')
}

/** -z: even if in use. */
function unmountArgs(mountpoint: string, force: boolean): readonly string[] {
  return ['-u', ...(force ? ['-z'] : []), '--', mountpoint]
}

function findHelper(): string {
  // A user's PATH may be anything.
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', '/bin']
  const candidates = helperNames.flatMap((name) => directories.map((path) => join(path, name)))
  const found = candidates.find(isExecutable)
  if (found === undefined) {
    throw new ErrnoError('ENOENT', 'mounting as a user needs fusermount3 (package fuse3)')
  }
  return found
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
