/**
 * Mounting as root: /dev/fuse is opened here and its descriptor given to mount(8). Needs nothing
 * but util-linux.
 */

import { closeSync } from 'node:fs'
import { fuseSubtype } from '../backend.ts'
import { openFuseDevice } from '../fuse-device.ts'
import type { Helpers } from '../helpers.ts'
import { createRootUnmounter } from '../unmounter.ts'
import { kernelOptions, type Mounter } from './mounter.ts'

export function createDirectMounter(helpers: Helpers): Mounter {
  const unmounter = createRootUnmounter(helpers)
  return {
    ...unmounter,

    async mount(mountpoint, options) {
      const fd = openFuseDevice()
      const words = [
        'fd=3',
        'rootmode=40000',
        `user_id=${process.geteuid!()}`,
        `group_id=${process.getegid!()}`,
        ...kernelOptions(options),
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

    abandon(mountpoint) {
      if (!unmounter.unmountNow(mountpoint)) process.kill(process.pid, 'SIGKILL')
    },
  }
}
