/**
 * Mounting as an ordinary user: the set-uid program fusermount3 mounts and sends the descriptor of
 * /dev/fuse over a socket that it inherits (its protocol with libfuse: `_FUSE_COMMFD` names it).
 */

import { accessSync, closeSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { ErrnoError } from '../../support/errno-error.ts'
import { createDescriptorChannel } from './descriptor-channel.ts'
import { helperFailure, runHelper } from './helper.ts'
import { openFuseDevice } from './mount.ts'
import { fuseSubtype, kernelOptions, type Mounter } from './mounter.ts'

/** fusermount is libfuse 2's; both speak the same protocol. */
const helperNames = ['fusermount3', 'fusermount']

export const helperMounter: Mounter = {
  async mount(mountpoint, options, maxReadBytes) {
    // The helper opens the device itself, but explains its absence badly.
    closeSync(openFuseDevice())
    const helper = findHelper()
    const words = [
      `fsname=${escapeComma(options.source)}`,
      `subtype=${fuseSubtype}`,
      ...kernelOptions(options, maxReadBytes),
    ]
    const channel = await createDescriptorChannel()
    try {
      const result = await runHelper(helper, ['-o', words.join(','), '--', mountpoint], {
        fd: channel.senderFd,
        env: { _FUSE_COMMFD: '3' },
      })
      if (!result.ok) throw helperFailure(`mount on ${mountpoint}`, result)
      return channel.receive()
    } finally {
      channel.close()
    }
  },

  async unmount(mountpoint, lazily) {
    const args = ['-u', ...(lazily ? ['-z'] : []), '--', mountpoint]
    const result = await runHelper(findHelper(), args)
    if (!result.ok) throw helperFailure(`unmount of ${mountpoint}`, result)
  },
}

/** ENOENT: not installed. */
function findHelper(): string {
  // A user's PATH may be anything; the helper only works where its set-uid bit is.
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

/** A comma ends an option. */
function escapeComma(text: string): string {
  return text.replaceAll(/[\\,]/g, '\\$&')
}
