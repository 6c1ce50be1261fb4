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
}

const directoriesMax = 10_000
/** Questions that lie further apart are no scan. */
const pauseMs = 5_000
/** One name is looked at by every program. */
const questionsMin = 2
/** A directory that was never listed is listed after so many questions: it may be huge. */
const questionsOfUnknown = 8

export class ScanDetector {
  readonly #clock: Clock
  readonly #scans = new LRUCache<number, Scan>({ max: directoriesMax })

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** A name of the directory was asked about by itself. True: it is time to list them all. */
  asked(directory: Inode, tookMs: number): boolean {
    const scan = this.#scanOf(directory)
    scan.spentMs += tookMs
    scan.questions += 1
    if (scan.questions < questionsMin) return false
    if (scan.listingMs === undefined) return scan.questions >= questionsOfUnknown
    return scan.spentMs >= scan.listingMs
  }

  listed(directory: Inode, tookMs: number): void {
    const lastAtMs = this.#clock.monotonicMs()
    this.#scans.set(directory.nodeid, { spentMs: 0, questions: 0, lastAtMs, listingMs: tookMs })
  }

  #scanOf(directory: Inode): Scan {
    const nowMs = this.#clock.monotonicMs()
    const known = this.#scans.get(directory.nodeid)
    if (known && nowMs - known.lastAtMs < pauseMs) {
      known.lastAtMs = nowMs
      return known
    }
    const listingMs = known?.listingMs
    const scan = { spentMs: 0, questions: 0, lastAtMs: nowMs, listingMs }
    this.#scans.set(directory.nodeid, scan)
    return scan
  }
}
