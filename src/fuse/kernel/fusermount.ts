/**
 * Mounting as an ordinary user: the set-uid program fusermount3 mounts and sends the descriptor of
 * /dev/fuse over a socket that it inherits (its protocol with libfuse: `_FUSE_COMMFD` names it).
 */

import { isErrno } from '../../support/errno-error.ts'
import { fuseSubtype, type MountOptions } from '../backend.ts'
import { requireFuseDevice } from '../fuse-device.ts'
import { allowOtherRefused, findFusermount, powerlessness } from '../fusermount.ts'
import type { Helpers } from '../helpers.ts'
import { createUserUnmounter } from '../unmounter.ts'
import { kernelOptions, type Mounter } from './mounter.ts'

/** EOPNOTSUPP: no helper is installed. */
export async function createHelperMounter(helpers: Helpers): Promise<Mounter> {
  const helper = findFusermount(helpers)
  // Only here, so that root needs no foreign code.
  const [{ DescriptorChannel }, { exitNow }] = await Promise.all([
    import('./descriptor-channel.ts'),
    import('./libc.ts'),
  ])
  const unmounter = createUserUnmounter(helpers, helper)
  return {
    ...unmounter,

    async mount(mountpoint, options) {
      // The helper opens the device itself, but explains its absence badly.
      requireFuseDevice()
      using channel = new DescriptorChannel()
      const args = ['-o', mountWords(options), '--', mountpoint]
      try {
        await helpers.run(`mount on ${mountpoint}`, helper, args, {
          fd: channel.senderFd,
          env: { _FUSE_COMMFD: '3' },
        })
      } catch (error) {
        throw explained(error, helper)
      }
      return channel.receive()
    },

    abandon(mountpoint, exitCode) {
      unmounter.unmountNow(mountpoint)
      // In use, the service goes on unseen: only the end of the process ends it.
      exitNow(exitCode)
    },
  }
}

/** What the helper's message does not tell: what to do about it. */
function explained(error: unknown, helper: string): unknown {
  if (!isErrno(error, 'EPERM', 'EACCES')) return error
  if (String(error).includes('user_allow_other')) return allowOtherRefused(error)
  return powerlessness(helper) ?? error
}

function mountWords(options: MountOptions): string {
  return [
    // A comma would end the option.
    `fsname=${options.source.replaceAll(/[\\,]/g, '\\$&')}`,
    `subtype=${fuseSubtype}`,
    ...kernelOptions(options),
  ].join(',')
}
