import type { AnswerTime } from './attribute-cache.ts'
import type { RemoteAttributes, RemoteEntry } from './attributes.ts'

/** A cookie holds a position below this, and above it the version of the snapshot. */
const positionsMax = 2 ** 32
/** Versions start again behind this, so that cookies stay exact numbers. */
export const snapshotVersionsMax = 2 ** 20

/**
 * The names of a directory at one time, in an order that stays. Two snapshots have no cookie in
 * common, unless only attributes differ: the kernel, which joins what it reads through several open files by their cookies, must
 * not join names of different times.
 */
export class DirectorySnapshot {
  readonly version: number
  readonly entries: readonly RemoteEntry[]
  readonly time: AnswerTime

  /** `version`: another than 0. */
  constructor(version: number, names: ReadonlyMap<string, RemoteAttributes>, time: AnswerTime) {
    this.version = version
    this.entries = Array.from(names, ([name, attributes]) => ({ name, attributes }))
    this.time = time
  }

  /** Of what comes behind `position` entries, the dots counted. Never 0. */
  cookie(position: number): number {
    return this.version * positionsMax + position
  }

  /** Also of a cookie from another snapshot, as seekdir(3) may bring. */
  position(cookie: number): number {
    return cookie % positionsMax
  }
}
