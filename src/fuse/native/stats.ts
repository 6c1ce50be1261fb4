/** Attributes of files in the binding's form. */

import { epochNsOf, timespecOf } from '../../support/timespec.ts'
import type { FilesystemStatistics, Attributes, FileType } from '../../vfs/attributes.ts'
import { modeOf } from '../file-mode.ts'
import { blocksOf, preferredIoBytes } from '../stat-fields.ts'
import type { Binding, StatisticsOfFilesystem, Stats, Timespec } from './binding.ts'

export function statsOf(attributes: Attributes): Stats {
  return {
    mode: modeOf(attributes.type, attributes.mode),
    uid: attributes.uid,
    gid: attributes.gid,
    size: attributes.size,
    nlink: attributes.nlink,
    ino: attributes.ino,
    blksize: preferredIoBytes,
    blocks: blocksOf(attributes.size),
    atime: timespecOf(attributes.atimeNs),
    mtime: timespecOf(attributes.mtimeNs),
    ctime: timespecOf(attributes.ctimeNs),
  }
}

/** What a listing tells of an entry: its type and number; libfuse looks the rest up. */
export function listedStats(ino: number, type: FileType): Stats {
  const never = { seconds: 0n, nanoseconds: 0 }
  return {
    mode: modeOf(type, 0),
    uid: 0,
    gid: 0,
    size: 0,
    nlink: 0,
    ino,
    blksize: 0,
    blocks: 0,
    atime: never,
    mtime: never,
    ctime: never,
  }
}

export function statisticsOf(statistics: FilesystemStatistics): StatisticsOfFilesystem {
  return {
    bsize: statistics.blockSize,
    frsize: statistics.blockSize,
    blocks: statistics.blocks,
    bfree: statistics.blocksFree,
    bavail: statistics.blocksAvailable,
    files: statistics.files,
    ffree: statistics.filesFree,
    favail: statistics.filesFree,
    namemax: statistics.nameLengthMax,
  }
}

/** One time of utimensat(2); undefined: leave it. */
export function changedTime(
  { seconds, nanoseconds }: Timespec,
  { UTIME_NOW, UTIME_OMIT }: Pick<Binding, 'UTIME_NOW' | 'UTIME_OMIT'>,
): bigint | 'now' | undefined {
  if (nanoseconds === UTIME_OMIT) return undefined
  return nanoseconds === UTIME_NOW ? 'now' : epochNsOf(BigInt(seconds), nanoseconds)
}
