import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  openSync,
  statSync,
  type Stats,
} from 'node:fs'
import type { ErrnoName } from '../support/errno.ts'
import { ErrnoError, errnoOf } from '../support/errno-error.ts'

const path = '/dev/fuse'

/** Documentation/admin-guide/devices.txt: character device, major 10, minor 229. */
const deviceNumber = (10 << 8) | 229

export function isFuseDevice(status: Stats): boolean {
  return status.isCharacterDevice() && status.rdev === deviceNumber
}

/** Opens the device for serving. ENODEV: it is missing; EACCES, EPERM: not for us. */
export function openFuseDevice(): number {
  let fd: number
  try {
    fd = openSync(path, 'r+')
  } catch (error) {
    throw failure(error)
  }
  if (isFuseDevice(fstatSync(fd))) return fd
  closeSync(fd)
  throw impostor()
}

/**
 * For those who have it opened by a program that has more rights but uses only theirs for that, and
 * explains it badly. Errors as above.
 */
export function requireFuseDevice(): void {
  try {
    accessSync(path, constants.R_OK | constants.W_OK)
  } catch (error) {
    throw failure(error)
  }
  if (!isFuseDevice(statSync(path))) throw impostor()
}

const missing = [
  'ENODEV',
  'is missing: load the kernel module `fuse` (in a container: pass the device in)',
] as const

/** What the open failed with, what it means. */
const meanings: Partial<Record<ErrnoName, readonly [code: ErrnoName, meaning: string]>> = {
  ENOENT: missing,
  ENODEV: missing,
  ENXIO: missing,
  EACCES: ['EACCES', 'is not for you: its mode should be 0666'],
  EPERM: ['EPERM', 'is forbidden here (in a container: pass the device in)'],
}

function failure(cause: unknown): ErrnoError {
  const found = errnoOf(cause) ?? 'EIO'
  const [code, meaning] = meanings[found] ?? [found, 'cannot be opened']
  return new ErrnoError(code, `the FUSE device ${path} ${meaning}`, { cause })
}

function impostor(): ErrnoError {
  return new ErrnoError('ENODEV', `${path} is not the FUSE device (mknod ${path} c 10 229)`)
}
