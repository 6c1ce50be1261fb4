/** Open regular files of the local file system. Nothing else is ever opened for its content. */

import { constants, type BigIntStats } from 'node:fs'
import { byteLength } from '../../support/byte-length.ts'
import { isErrno } from '../../support/errno-error.ts'
import { Descriptor } from './descriptor.ts'
import * as calls from './file-calls.ts'
import { statusOfOpened, tellableTime } from './file-status.ts'
import type { Entry, Opened, Pin } from './jail.ts'
import type { Libc } from './libc.ts'
import { changeFile } from './local-changes.ts'
import { inThreads, quickBytes } from './quick-calls.ts'
import { StorageError } from './storage-error.ts'
import type { OpenedFile, SourceFile, TargetFile, WriteMode } from './storage.ts'

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants

/** IOV_MAX: a longer vector fails with EINVAL. */
const vectorLimit = 1024

/** `stats`: of the pin, which is a regular file. */
export async function openSource(pin: Pin, stats: BigIntStats): Promise<SourceFile> {
  const file = await Descriptor.ofContent(pin.calls, pin.path, O_RDONLY)
  return {
    opened: openedFile(stats),
    read: (buffer, position) =>
      buffer.length <= quickBytes
        ? file.calls.make(calls.read, file.fd, buffer, position)
        : calls.read.inThread(file.fd, buffer, position),
    // If the file has been removed its space is freed now.
    close: () =>
      stats.size <= quickBytes ? file[Symbol.asyncDispose]() : calls.close.inThread(file.fd),
  }
}

export function openedFile(stats: BigIntStats): OpenedFile {
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
  const flags = O_WRONLY | (mode === 'append' ? O_APPEND : 0)
  const file = await Descriptor.ofContent(pin.calls, pin.path, flags)
  if (mode !== 'replace') return target(libc, file, size)
  try {
    if (size > 0) await truncateTo(file, size, 0)
  } catch (error) {
    await file[Symbol.asyncDispose]()
    throw error
  }
  return target(libc, file, 0)
}

/** EEXIST when there is something already, a dangling link included. */
export async function createFile(
  libc: Libc,
  { path, parent }: Entry,
  mode: WriteMode,
): Promise<TargetFile> {
  const append = mode === 'append' ? O_APPEND : 0
  const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | append
  return target(libc, await Descriptor.open(parent.calls, path, flags, 0o666), 0)
}

export async function truncateTo(file: Descriptor, from: number, to: number): Promise<void> {
  if (Math.abs(from - to) <= quickBytes) await file.calls.make(calls.truncate, file.fd, to)
  else await calls.truncate.inThread(file.fd, to)
}

/** EISDIR for a directory, EOPNOTSUPP for what is neither. */
export async function regularFile(pin: Pin, path: string): Promise<BigIntStats> {
  const stats = await pin.calls.make(calls.fstat, pin.fd)
  if (stats.isFile()) return stats
  throw StorageError.of(stats.isDirectory() ? 'EISDIR' : 'EOPNOTSUPP', path)
}

function target(libc: Libc, file: Descriptor, size: number): TargetFile {
  let writtenBytes = 0
  // A file system of the network sends what was written before it tells or changes anything else.
  const written = (): Opened =>
    writtenBytes <= quickBytes ? file : { fd: file.fd, path: file.path, calls: inThreads }
  return {
    size,
    // Of large files a thread writes one part while this one receives the next.
    write: (pieces, position) => {
      const bytes = byteLength(pieces)
      writtenBytes += bytes
      return writeAll(file, pieces, bytes, position, writtenBytes <= quickBytes)
    },
    touch: () => touch(file),
    change: (changes) => changeFile(libc, written(), changes),
    status: () => statusOfOpened(written()),
    close: () => written().calls.make(calls.close, file.fd),
  }
}

async function touch(file: Descriptor): Promise<void> {
  const now = Date.now() / 1000
  try {
    await file.calls.make(calls.setTimesOfOpen, file.fd, now, now)
  } catch (error) {
    // Writing needs no ownership, setting times does; a file not written need not be touched.
    if (!isErrno(error, 'EPERM')) throw error
  }
}

async function writeAll(
  file: Descriptor,
  pieces: readonly Uint8Array[],
  bytes: number,
  position: number,
  isQuick: boolean,
): Promise<void> {
  let rest = pieces
  let written = 0
  while (written < bytes) {
    const vector = rest.length > vectorLimit ? rest.slice(0, vectorLimit) : rest
    const at = position + written
    const count = isQuick
      ? await file.calls.make(calls.write, file.fd, vector, at)
      : await calls.write.inThread(file.fd, vector, at)
    written += count
    rest = unwritten(rest, count)
  }
}

/** What is left after a short write. */
function unwritten(pieces: readonly Uint8Array[], written: number): readonly Uint8Array[] {
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
