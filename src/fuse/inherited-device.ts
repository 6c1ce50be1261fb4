/**
 * A mountpoint written `/dev/fd/N`: whoever started us (a container's runtime, systemd, a set-uid
 * helper) has mounted, and left us the descriptor of /dev/fuse to serve.
 */

import { fstatSync, readFileSync, readSync } from 'node:fs'
import { ErrnoError, errnoOf, isErrno } from '../support/errno-error.ts'
import type { MountOptions } from './backend.ts'
import { isFuseDevice } from './fuse-device.ts'
import { maxReadBytes } from './request-size.ts'
import { findMountedDevice } from './mountinfo.ts'

/** N, if the mountpoint is written so. */
export function inheritedDescriptor(mountpoint: string): number | undefined {
  const digits = /^\/dev\/fd\/(\d{1,9})$/.exec(mountpoint)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/** EBADF: not open; EINVAL: something else, or nothing is mounted through it. */
export function requireMountedDevice(fd: number): void {
  const refuse = (code: 'EBADF' | 'EINVAL', reason: string, cause?: unknown): never => {
    throw new ErrnoError(code, `mountpoint /dev/fd/${fd}: ${reason}`, { cause })
  }
  try {
    if (!isFuseDevice(fstatSync(fd))) refuse('EINVAL', `descriptor ${fd} is not a /dev/fuse`)
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

/**
 * What is asked for of a mount that is made already must be so: programs would rely on it. (mount.fuse3
 * mounts with the options of fstab, and hands the same to us.) EINVAL: it is not, or we cannot see it.
 */
export async function requireMountedWith(fd: number, options: MountOptions): Promise<void> {
  const wanted = [
    ...options.mountFlags,
    ...(options.allowOther ? ['allow_other'] : []),
    ...(options.defaultPermissions ? ['default_permissions'] : []),
    ...(options.maxReadBytes === undefined ? [] : [`max_read=${maxReadBytes(options)}`]),
  ]
  if (wanted.length === 0) return
  const mounted = await findMountedDevice(`0:${connectionOf(fd)}`)
  const missing = wanted.filter((option) => !mounted?.options.includes(option)).join(',')
  if (missing === '') return
  const reason = mounted ? 'it is mounted without' : 'it cannot be seen whether it is mounted with'
  throw new ErrnoError('EINVAL', `mountpoint /dev/fd/${fd}: ${reason} ${missing}`)
}

/** Recent kernels tell: the minor device number of the file system. */
function connectionOf(fd: number): string | undefined {
  const description = readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1')
  return /^fuse_connection:\s*(\d+)$/m.exec(description)?.[1]
}
