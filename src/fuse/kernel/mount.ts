/**
 * Mounting as root: /dev/fuse is opened here and its descriptor given to mount(8). Needs nothing
 * but util-linux.
 */

import { closeSync } from 'node:fs'
import { openFuseDevice } from '../fuse-device.ts'
import type { Helpers } from '../helpers.ts'
import { fuseSubtype, kernelOptions, type Mounter } from './mounter.ts'

export function createDirectMounter(helpers: Helpers): Mounter {
  return {
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
      const operands = ['--', options.source, mountpoint]
      try {
        await helpers.run(`mount on ${mountpoint}`, 'mount', [...args, ...operands], { fd })
      } catch (error) {
        closeSync(fd)
        throw error
      }
      return fd
    },

    unmount: (mountpoint, force) =>
      helpers.run(`unmount of ${mountpoint}`, 'umount', umountArgs(mountpoint, force)),

    unmountCommand: (mountpoint) => ['umount', ...umountArgs(mountpoint, true)],

    abandon(mountpoint) {
      const done = helpers.runNow('umount', umountArgs(mountpoint, true))
      if (!done) process.kill(process.pid, 'SIGKILL')
    },
  }
}

/**
 * -i: without a helper program of the type; -c: the path is canonical already, umount need not
 * look at what we serve; -f: fails the requests under way and ends the service; -l: even if in use.
 */
function umountArgs(mountpoint: string, force: boolean): readonly string[] {
  return ['-i', '-c', ...(force ? ['-f', '-l'] : []), mountpoint]
}
