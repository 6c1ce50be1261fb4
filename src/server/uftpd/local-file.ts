/** Open regular files of the local file system. Nothing else is ever opened for its content. */

import * as fs from 'node:fs'
import { promisify } from 'node:util'
import { isErrno } from '../../support/errno-error.ts'
import { statusOfPin, tellableTime } from './file-status.ts'
import type { Pin } from './jail.ts'
import type { Libc } from './libc.ts'
import { changeFile } from './local-changes.ts'
import { StorageError } from './storage-error.ts'
import type { OpenedFile, SourceFile, TargetFile, WriteMode } from './storage.ts'

const close = promisify(fs.close)
const fstat = promisify(fs.fstat)
const ftruncate = promisify(fs.ftruncate)
const futimes = promisify(fs.futimes)
const open = promisify(fs.open)
const read = promisify(fs.read)
const writev = promisify(fs.writev)

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = fs.constants

/** IOV_MAX: a longer vector fails with EINVAL. */
const vectorLimit = 1024

export async function openSource(pin: Pin, path: string): Promise<SourceFile> {
  const stats = await regularFile(pin, path)
  const fd = await open(pin.path, O_RDONLY)
  return {
    opened: openedFile(stats),
    read: async (buffer, position) =>
      (await read(fd, buffer, 0, buffer.length, position)).bytesRead,
    close: () => close(fd),
  }
}

export function openedFile(stats: fs.BigIntStats): OpenedFile {
  return {
    size: Number(stats.size),
    mtimeNs: tellableTime(stats.mtimeNs),
    device: stats.dev,
    inode: stats.ino,
  }
}

export async function openTarget(
  libc: Libc,
  pin: Pin,
  path: string,
  mode: WriteMode,
): Promise<TargetFile> {
  const size = Number((await regularFile(pin, path)).size)
  const fd = await open(pin.path, O_WRONLY | (mode === 'append' ? O_APPEND : 0))
  if (mode === 'replace' && size > 0) await truncate(fd)
  return target(libc, fd, mode === 'replace' ? 0 : size)
}

/** EEXIST when there is something already, a dangling link included. */
export async function createFile(
  libc: Libc,
  entry: string | Buffer,
  mode: WriteMode,
): Promise<TargetFile> {
  const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | (mode === 'append' ? O_APPEND : 0)
  return target(libc, await open(entry, flags, 0o666), 0)
}

/** EISDIR for a directory, EOPNOTSUPP for what is neither. */
export async function regularFile(pin: Pin, path: string): Promise<fs.BigIntStats> {
  const stats = await fstat(pin.fd, { bigint: true })
  if (stats.isFile()) return stats
  throw StorageError.of(stats.isDirectory() ? 'EISDIR' : 'EOPNOTSUPP', path)
}

async function truncate(fd: number): Promise<void> {
  try {
    await ftruncate(fd, 0)
  } catch (error) {
    await close(fd)
    throw error
  }
}

function target(libc: Libc, fd: number, size: number): TargetFile {
  return {
    size,
    write: (pieces, position) => writeAll(fd, pieces, position),
    touch: () => touch(fd),
    change: (changes) => changeFile(libc, fd, changes),
    status: () => statusOfPin({ fd, path: `/proc/self/fd/${fd}` }),
    close: () => close(fd),
  }
}

async function touch(fd: number): Promise<void> {
  const now = Date.now() / 1000
  try {
    await futimes(fd, now, now)
  } catch (error) {
    // Writing needs no ownership, setting times does; a file not written need not be touched.
    if (!isErrno(error, 'EPERM')) throw error
  }
}

async function writeAll(
  fd: number,
  pieces: readonly Uint8Array[],
  position: number,
): Promise<void> {
  let rest = pieces.slice()
  let at = position
  while (rest.length > 0) {
    const { bytesWritten } = await writev(fd, rest.slice(0, vectorLimit), at)
    at += bytesWritten
    rest = unwritten(rest, bytesWritten)
  }
}

/** What is left after a short write. */
function unwritten(pieces: Uint8Array[], written: number): Uint8Array[] {
  let skip = written
  let index = 0
  while (index < pieces.length && skip >= pieces[index]!.length) {
    skip -= pieces[index]!.length
    index += 1
  }
  const rest = pieces.slice(index)
  if (skip > 0) rest[0] = rest[0]!.subarray(skip)
  return rest
}
