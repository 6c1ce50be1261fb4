/**
 * A mountpoint written `/dev/fd/N`: whoever started us (a container's runtime, systemd, a set-uid
 * helper) has mounted, and left us the descriptor of /dev/fuse to serve.
 */

import { fstatSync, readSync } from 'node:fs'
import { ErrnoError, errnoOf, isErrno } from '../support/errno-error.ts'

/** N, if the mountpoint is written so. */
export function inheritedDescriptor(mountpoint: string): number | undefined {
  const digits = /^\/dev\/fd\/(\d{1,9})$/.exec(mountpoint)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/** Documentation/admin-guide/devices.txt: character device, major 10, minor 229. */
const fuseDeviceNumber = (10 << 8) | 229

/** EBADF: not open; EINVAL: something else, or nothing is mounted through it. */
export function requireMountedDevice(fd: number): void {
  const refuse = (code: 'EBADF' | 'EINVAL', reason: string, cause?: unknown): never => {
    throw new ErrnoError(code, `mountpoint /dev/fd/${fd}: ${reason}`, { cause })
  }
  try {
    const status = fstatSync(fd)
    const isFuse = status.isCharacterDevice() && status.rdev === fuseDeviceNumber
    if (!isFuse) refuse('EINVAL', `descriptor ${fd} is not a /dev/fuse`)
  } catch (error) {
    if (errnoOf(error) !== 'EBADF') throw error
    refuse('EBADF', `descriptor ${fd} is not open`, error)
  }
  try {
    // Too small for any request: nothing is read, but the kernel tells whether there is a mount.
    readSync(fd, Buffer.alloc(1))
  } catch (error) {
    if (isErrno(error, 'EPERM')) refuse('EINVAL', 'nothing is mounted through it yet', error)
  }
}
