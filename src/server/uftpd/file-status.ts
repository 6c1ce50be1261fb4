/** What lstat(2) and access(2) say, as the status of a file. */

import { constants, type BigIntStats } from 'node:fs'
import { isErrno } from '../../support/errno-error.ts'
import { decodeName } from '../../support/name-bytes.ts'
import { birthTimeOf } from './birth-time.ts'
import * as calls from './file-calls.ts'
import type { Opened } from './jail.ts'
import type { CallMaker } from './quick-calls.ts'
import type { FileStatus } from './storage.ts'

const { R_OK, W_OK, X_OK } = constants
const singleRights = [R_OK, W_OK, X_OK]
const allRights = R_OK | W_OK | X_OK

/** S_IFMT and the values of it that have names here. */
const typeMask = 0o170000
const typesByBits: Readonly<Record<number, FileStatus['type']>> = {
  0o040000: 'directory',
  0o100000: 'file',
  0o120000: 'link',
}

/** What a call of the stat(2) family tells, as Node names it. */
export type RawStatus = {
  readonly [Key in 'mode' | 'size' | 'uid' | 'gid' | 'nlink']: number | bigint
} & Pick<BigIntStats, 'mtimeNs' | 'atimeNs' | 'ctimeNs' | 'birthtimeNs' | 'dev' | 'ino'>

/** A link is told without target. */
export async function statusOfOpened({ fd, path, calls: quick }: Opened): Promise<FileStatus> {
  return statusOf(quick, await quick.make(calls.fstat, fd), path)
}

/** Of what `path` itself names: a link is told with its target. */
export async function statusOfItself(quick: CallMaker, path: string | Buffer): Promise<FileStatus> {
  const stats = await quick.make(calls.lstat, path)
  if (!stats.isSymbolicLink()) return statusOf(quick, stats, path)
  let target: Buffer
  try {
    target = await quick.make(calls.readlink, path)
  } catch (error) {
    // Something else took its place meanwhile: that is what is there now.
    if (isErrno(error, 'EINVAL')) return statusOfItself(quick, path)
    throw error
  }
  return { ...describe(stats, allRights), target: decodeName(target) }
}

/** Mostly one access(2): all rights at once, one by one only if that fails. */
export async function statusOf(
  quick: CallMaker,
  stats: BigIntStats,
  path: string | Buffer,
): Promise<FileStatus> {
  const candidates = grantable(Number(stats.mode))
  if (await quick.make(calls.access, path, candidates)) return describe(stats, candidates)
  let rights = 0
  for (const right of singleRights) {
    if ((candidates & right) !== 0 && (await quick.make(calls.access, path, right))) rights |= right
  }
  return describe(stats, rights)
}

/** As `statusOf`, at once. `grants`: whether access(2) grants all of these rights. */
export function statusWith(stats: RawStatus, grants: (rights: number) => boolean): FileStatus {
  const candidates = grantable(Number(stats.mode))
  if (grants(candidates)) return describe(stats, candidates)
  let rights = 0
  for (const right of singleRights) {
    if ((candidates & right) !== 0 && grants(right)) rights |= right
  }
  return describe(stats, rights)
}

export function typeOf(mode: number): FileStatus['type'] {
  return typesByBits[mode & typeMask] ?? 'other'
}

function describe(stats: RawStatus, rights: number): FileStatus {
  const birthTimeNs = birthTimeOf(stats)
  const mode = Number(stats.mode)
  return {
    type: typeOf(mode),
    size: Number(stats.size),
    mode,
    mtimeNs: tellableTime(stats.mtimeNs),
    atimeNs: tellableTime(stats.atimeNs),
    ctimeNs: tellableTime(stats.ctimeNs),
    birthTimeNs: birthTimeNs === undefined ? undefined : tellableTime(birthTimeNs),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    links: Number(stats.nlink),
    device: stats.dev,
    inode: stats.ino,
    readable: (rights & R_OK) !== 0,
    writable: (rights & W_OK) !== 0,
    executable: (rights & X_OK) !== 0,
  }
}

// Time values have four digits for the year (RFC 3659 §2.3), in local time too: hence a day less.
const firstTimeNs = BigInt(Date.parse('0000-01-02T00:00:00Z')) * 1_000_000n
const lastTimeNs = BigInt(Date.parse('9999-12-31T00:00:00Z')) * 1_000_000n

/** The nearest time that can be told: one odd file must not spoil a listing. */
export function tellableTime(epochNs: bigint): bigint {
  if (epochNs < firstTimeNs) return firstTimeNs
  return epochNs > lastTimeNs ? lastTimeNs : epochNs
}

/** Without any x bit nobody may execute, not even root and no ACL entry (its mask is an x bit). */
function grantable(mode: number): number {
  return R_OK | W_OK | ((mode & 0o111) === 0 ? 0 : X_OK)
}
