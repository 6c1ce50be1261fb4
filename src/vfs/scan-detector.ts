/**
 * Notices that one name of a directory after the other is asked about, where one listing would
 * answer all (`ls -l`, `git status`, `rm -r` after the attributes have run out). It pays when the
 * questions have taken as long as the listing will: whatever comes then, the work was at most twice
 * the least (the ski rental problem).
 */

import { LRUCache } from 'lru-cache'
import type { Clock } from '../support/clock.ts'
import type { Inode } from './inode.ts'

interface Scan {
  /** What the questions since the last listing have taken. */
  spentMs: number
  questions: number
  lastAtMs: number
  /** What the last listing has taken; undefined: none was made. */
  listingMs: number | undefined
  /** How many questions the last listing has spared. */
  answered: number
}

const directoriesMax = 10_000
/** Questions that lie further apart are no scan. */
const pauseMs = 5_000
/** One name is looked at by every program. */
const questionsMin = 2
/** A directory that was never listed is listed after so many questions: it may be huge, */
const questionsOfUnknown = 8
/** unless it is no longer than this: up to a thousand names on most file systems. */
const smallBytes = 16 * 1024
/** A listing that has spared fewer was no help to a scan, however short it was. */
const answeredMin = 2

export class ScanDetector {
  readonly #clock: Clock
  readonly #scans = new LRUCache<number, Scan>({ max: directoriesMax })

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * A name of the directory was asked about by itself. True: it is time to list them all. `isFar`: a
   * question costs more than many names.
   */
  asked(directory: Inode, tookMs: number, isFar: boolean): boolean {
    const scan = this.#scanOf(directory)
    scan.spentMs += tookMs
    scan.questions += 1
    if (scan.questions < questionsMin) return false
    if (scan.listingMs !== undefined) return scan.spentMs >= scan.listingMs
    return (isFar && isSmall(directory)) || scan.questions >= questionsOfUnknown
  }

  /** The last listing told a name that was looked for. */
  answered(directory: Inode): void {
    const scan = this.#scans.get(directory.nodeid)
    if (scan) scan.answered += 1
  }

  /**
   * Whether another listing will spare more than it takes, judged by the last: then it is made before
   * the first question of another scan.
   */
  isWorthListing(directory: Inode, questionMs: number): boolean {
    const { answered = 0, listingMs = Infinity } = this.#scans.get(directory.nodeid) ?? {}
    return answered >= answeredMin && answered * questionMs >= listingMs
  }

  listed(directory: Inode, tookMs: number): void {
    const lastAtMs = this.#clock.monotonicMs()
    const scan = { spentMs: 0, questions: 0, lastAtMs, listingMs: tookMs, answered: 0 }
    this.#scans.set(directory.nodeid, scan)
  }

  #scanOf(directory: Inode): Scan {
    const nowMs = this.#clock.monotonicMs()
    const known = this.#scans.get(directory.nodeid)
    if (known && nowMs - known.lastAtMs < pauseMs) {
      known.lastAtMs = nowMs
      return known
    }
    const { listingMs, answered = 0 } = known ?? {}
    const scan = { spentMs: 0, questions: 0, lastAtMs: nowMs, listingMs, answered }
    this.#scans.set(directory.nodeid, scan)
    return scan
  }
}

/** 0: its length is not told. */
function isSmall({ remote: { size } }: Inode): boolean {
  return size > 0 && size <= smallBytes
}
