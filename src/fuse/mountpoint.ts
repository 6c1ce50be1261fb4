/**
 * Is there an ordinary, free directory? Asks the kernel on the thread pool and with a deadline: a
 * mount whose server hangs never answers, and must not hang us.
 */

import { realpath, stat, statfs } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { ErrnoError, errnoOf, isErrno } from '../support/errno-error.ts'
import type { Logger } from '../support/logger.ts'
import { withinDeadline } from './deadline.ts'
import { inheritedDescriptor, requireMountedDevice } from './inherited-device.ts'
import { findMounted, type MountedFilesystem } from './mountinfo.ts'
import type { Unmounter } from './unmounter.ts'

const deadlineMs = 5_000

export interface Mountpoint {
  /** Absolute, without symbolic links. */
  readonly path: string
  /** A mount is there whose server has died. */
  readonly isDead: boolean
}

/** ENOENT, ENOTDIR, EACCES; EBUSY: something is mounted there; ETIMEDOUT: its server hangs. */
export async function inspectMountpoint(given: string): Promise<Mountpoint> {
  const descriptor = inheritedDescriptor(given)
  if (descriptor !== undefined) {
    requireMountedDevice(descriptor)
    return { path: given, isDead: false }
  }
  const path = await resolve(given)
  const mounted = await findMounted(path)
  try {
    // The kernel may know the attributes of a dead mount for a while; statfs asks its server.
    if (mounted) await answered(given, statfs(path))
    const status = await answered(given, stat(path))
    if (!status.isDirectory()) throw new ErrnoError('ENOTDIR', `mountpoint ${given}`)
  } catch (error) {
    if (mounted && isErrno(error, 'ENOTCONN')) {
      if (mayUnmount(mounted)) return { path, isDead: true }
      throw new MountpointOccupied(given, mounted)
    }
    // FUSE shows nothing to users that the mount was not made for, not even to root.
    if (mounted && isErrno(error, 'EACCES')) throw new MountpointOccupied(given, mounted)
    throw failure(given, error)
  }
  if (mounted) throw new MountpointOccupied(given, mounted)
  return { path, isDead: false }
}

/** The path of an inspected mountpoint; a dead mount is taken away first. */
export async function freeMountpoint(
  given: string,
  unmounter: Unmounter,
  log: Logger,
): Promise<string> {
  const { path, isDead } = await inspectMountpoint(given)
  if (!isDead) return path
  log.warn('a mount whose server has died is in the way; unmounting it', { mountpoint: given })
  await unmounter.unmount(path, true)
  // Several may lie on top of each other, and below them must be a free directory.
  return freeMountpoint(given, unmounter, log)
}

/** EBUSY, and what to do about it. */
export class MountpointOccupied extends ErrnoError {
  readonly explanation: string

  constructor(given: string, mounted: MountedFilesystem) {
    const { type, userId } = mounted
    const isForeign = userId !== undefined && userId !== process.geteuid?.()
    const owner = isForeign ? ` of user ${userId}` : ''
    const fact = `mountpoint ${given}: a file system (${type})${owner} is there`
    super('EBUSY', fact)
    const advice = userId !== undefined && mayUnmount(mounted) ? 'unmount that first, or ' : ''
    this.explanation = `${fact}; ${advice}name another directory`
  }
}

async function resolve(given: string): Promise<string> {
  try {
    return await answered(given, realpath(given))
  } catch (error) {
    if (!isErrno(error, 'ENOTCONN')) throw failure(given, error)
    // A dead mount cannot be looked at; what it covers is not a symbolic link.
    return join(await answered(given, realpath(dirname(given))), basename(given))
  }
}

function mayUnmount({ userId }: MountedFilesystem): boolean {
  const own = process.geteuid?.()
  return own === 0 || own === userId
}

function failure(given: string, error: unknown): ErrnoError {
  if (error instanceof ErrnoError) return error
  return new ErrnoError(errnoOf(error) ?? 'EIO', `mountpoint ${given}`, { cause: error })
}

function answered<T>(given: string, question: Promise<T>): Promise<T> {
  return withinDeadline(question, deadlineMs, `mountpoint ${given}: does not answer`)
}
