import { existsSync, openSync } from 'node:fs'
import { ErrnoError, errnoOf, isErrno } from '../../support/errno-error.ts'

const path = '/dev/fuse'

/** Opens the device for serving. ENODEV: it is missing; EACCES, EPERM: not for us. */
export function openFuseDevice(): number {
  try {
    return openSync(path, 'r+')
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENODEV', 'ENXIO')) throw missing(error)
    const code = errnoOf(error) ?? 'EIO'
    throw new ErrnoError(code, `the FUSE device ${path} cannot be opened`, { cause: error })
  }
}

/** For those who have it opened by a program with more rights. ENODEV. */
export function requireFuseDevice(): void {
  if (!existsSync(path)) throw missing(undefined)
}

function missing(cause: unknown): ErrnoError {
  const remedy = 'load the kernel module `fuse` (in a container: pass the device in)'
  return new ErrnoError('ENODEV', `the FUSE device ${path} is missing: ${remedy}`, { cause })
}
