/** Sets times of the local file system: to the nanosecond with utimensat(2), else as Node can. */

import { timespecOf } from '../../support/timespec.ts'
import * as calls from './file-calls.ts'
import { tellableTime } from './file-status.ts'
import type { Opened } from './jail.ts'
import { utimeNow, utimeOmit, type Libc } from './libc.ts'
import type { StoredTimes, TimeChanges } from './storage.ts'

/** Of what is open itself, a link too. */
export async function setTimes(
  libc: Libc,
  { fd, path, calls: quick }: Opened,
  changes: TimeChanges,
): Promise<StoredTimes> {
  if (libc.utimensat) {
    const times = [...timespec(changes.atimeNs), ...timespec(changes.mtimeNs)]
    await quick.make(libc.utimensat, path, BigInt64Array.from(times), 0)
  } else {
    const before = await quick.make(calls.fstat, fd)
    await quick.make(
      calls.setTimes,
      path,
      nodeTime(changes.atimeNs ?? before.atimeNs),
      nodeTime(changes.mtimeNs ?? before.mtimeNs),
    )
  }
  const { mtimeNs, atimeNs } = await quick.make(calls.fstat, fd)
  return { mtimeNs: tellableTime(mtimeNs), atimeNs: tellableTime(atimeNs) }
}

/** tv_sec and tv_nsec. */
function timespec(time: bigint | 'now' | undefined): readonly [bigint, bigint] {
  if (time === undefined) return [0n, utimeOmit]
  if (time === 'now') return [0n, utimeNow]
  const { seconds, nanoseconds } = timespecOf(time)
  return [seconds, BigInt(nanoseconds)]
}

/**
 * The time as node:fs takes it, rounded down to what it can store: microseconds, before 1970
 * milliseconds (it takes negative numbers for "now", but negative dates as they are).
 */
function nodeTime(time: bigint | 'now'): number | Date {
  if (time === 'now') return new Date()
  if (time < 0n) return new Date(Number((time - 999_999n) / 1_000_000n))
  // libuv cuts a double to whole microseconds: the half keeps it on our side of one.
  return (Number(time / 1000n) + 0.5) / 1e6
}
