/**
 * Mounting as root: /dev/fuse is opened here and its descriptor given to mount(8). Needs nothing
 * but util-linux.
 */

import { closeSync } from 'node:fs'
import { openFuseDevice } from './fuse-device.ts'
import { helperFailure, runHelper, runHelperNow } from './helper.ts'
import { fuseSubtype, kernelOptions, type Mounter } from './mounter.ts'

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

  async unmount(mountpoint, force) {
    const result = await runHelper('umount', umountArgs(mountpoint, force))
    if (!result.ok) throw helperFailure(`unmount of ${mountpoint}`, result)
  },

  abandon(mountpoint) {
    const ok = runHelperNow('umount', umountArgs(mountpoint, true))
    if (!ok) process.kill(process.pid, 'SIGKILL')
  },
}

/**
 * -i: without a helper program of the type; -c: the path is canonical already, umount need not
 * look at what we serve; -f: fails the requests under way and ends the service; -l: even if in use.
 */
function umountArgs(mountpoint: string, force: boolean): readonly string[] {
  return ['-i', '-c', ...(force ? ['-f', '-l'] : []), mountpoint]
}
