/**
 * Mounting as an ordinary user: the set-uid program fusermount3 mounts and sends the descriptor of
 * /dev/fuse over a socket that it inherits (its protocol with libfuse: `_FUSE_COMMFD` names it).
 */

import { readFileSync, statSync } from 'node:fs'
import { ErrnoError, isErrno } from '../../support/errno-error.ts'
import type { MountOptions } from '../backend.ts'
import { requireFuseDevice } from '../fuse-device.ts'
import type { Helpers } from '../helpers.ts'
import { fuseSubtype, kernelOptions, type Mounter } from './mounter.ts'

/** EOPNOTSUPP: no helper is installed. */
export async function createHelperMounter(helpers: Helpers): Promise<Mounter> {
  // fusermount is libfuse 2's; both speak the same protocol.
  const helper = helpers.find('fusermount3', 'fusermount')
  if (helper === undefined) {
    throw new ErrnoError('EOPNOTSUPP', 'mounting as a user needs fusermount3 (package fuse3)')
  }
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

    unmount: (mountpoint, force) =>
      helpers.run(`unmount of ${mountpoint}`, helper, unmountArgs(mountpoint, force)),

    unmountCommand: (mountpoint) => [helper, ...unmountArgs(mountpoint, true)],

    abandon(mountpoint, exitCode) {
      helpers.runNow(helper, unmountArgs(mountpoint, true))
      // In use, the service goes on unseen: only the end of the process ends it.
      exitNow(exitCode)
    },
  }
}

/** What the helper's message does not tell: what to do about it. */
function explained(error: unknown, helper: string): unknown {
  if (!isErrno(error, 'EPERM')) return error
  const refuse = (text: string) => new ErrnoError('EPERM', text, { cause: error })
  if (String(error).includes('user_allow_other')) {
    return refuse('allow_other needs the line "user_allow_other" in /etc/fuse.conf')
  }
  const { mode, uid } = statSync(helper)
  if ((mode & setUid) === 0 || uid !== 0) {
    return refuse(`${helper} is not set-uid root (chown root, chmod u+s)`)
  }
  if (/^NoNewPrivs:\s*1$/m.test(readFileSync('/proc/self/status', 'latin1'))) {
    return refuse(`${helper} gets no rights from a process that runs with no_new_privs`)
  }
  return error
}

/** S_ISUID, which Node's constants lack. */
const setUid = 0o4000

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
