/**
 * Mounting as root: /dev/fuse is opened here and its descriptor given to mount(8). Needs nothing
 * but util-linux.
 */

import { closeSync, openSync } from 'node:fs'
import { ErrnoError, errnoOf, isErrno } from '../../support/errno-error.ts'
import { helperFailure, runHelper } from './helper.ts'
import { fuseSubtype, kernelOptions, type Mounter } from './mounter.ts'

const fuseDevice = '/dev/fuse'

export const directMounter: Mounter = {
  async mount(mountpoint, options, maxReadBytes) {
    const fd = openFuseDevice()
    const words = [
      'fd=3',
      'rootmode=40000',
      `user_id=${process.geteuid!()}`,
      `group_id=${process.getegid!()}`,
      ...kernelOptions(options, maxReadBytes),
    ]
    // -i: without a helper program of the type.
    const args = ['-i', '-t', `fuse.${fuseSubtype}`, '-o', words.join(',')]
    try {
      const result = await runHelper('mount', [...args, options.source, mountpoint], { fd })
      if (!result.ok) throw helperFailure(`mount on ${mountpoint}`, result)
    } catch (error) {
      closeSync(fd)
      throw error
    }
    return fd
  },

  async unmount(mountpoint, lazily) {
    // -c: the path is canonical already, umount need not look at what we serve.
    const args = ['-i', '-c', ...(lazily ? ['-l'] : []), mountpoint]
    const result = await runHelper('umount', args)
    if (!result.ok) throw helperFailure(`unmount of ${mountpoint}`, result)
  },
}

/** ENODEV, EPERM. */
export function openFuseDevice(): number {
  try {
    return openSync(fuseDevice, 'r+')
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENODEV', 'ENXIO')) {
      const remedy = 'load the kernel module `fuse` (in a container: give it the device)'
      throw new ErrnoError('ENODEV', `the FUSE device ${fuseDevice} is missing: ${remedy}`, {
        cause: error,
      })
    }
    const code = errnoOf(error) ?? 'EIO'
    throw new ErrnoError(code, `the FUSE device ${fuseDevice} cannot be opened`, { cause: error })
  }
}
