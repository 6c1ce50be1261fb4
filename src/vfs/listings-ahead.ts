/**
 * Over a long link directories are listed ahead of a program that goes through one after the other:
 * else each would cost it round trips. A few at a time, so that others get sessions, too.
 */

import { backgroundTimer } from '../support/background-timer.ts'
import type { Inode } from './inode.ts'
import type { InodeTable } from './inode-table.ts'
import type { ListingCache } from './listing-cache.ts'
import type { Place } from './place.ts'
import { WalkDetector } from './walk-detector.ts'

export interface ListingsAheadContext {
  readonly table: InodeTable
  readonly listings: ListingCache
  /** For how long a listing is believed. */
  readonly lifeMs: number
  /** Shares what is under way already. */
  readonly renew: (directory: Inode) => Promise<unknown>
  /** The directory of that name, if it is known or a listing has told it. */
  readonly find: (parent: Inode, name: string) => Inode | undefined
}

const runningMax = 6
const queueMax = 64

export class ListingsAhead {
  readonly #context: ListingsAheadContext
  readonly #walks = new WalkDetector()
  #queue: readonly Place[] = []
  /** Listed ahead and not entered yet; and when the listing is good for nothing. */
  readonly #expected = new Map<Inode, NodeJS.Timeout | undefined>()
  #running = 0

  constructor(context: ListingsAheadContext) {
    this.#context = context
  }

  /** A program has looked into the directory. */
  entered(directory: Inode): void {
    this.#forget(directory)
    const [place] = directory.names
    if (!place) return
    const { parent, name } = place
    const next = this.#walks.entered(parent.nodeid, name, () => this.#directories(parent))
    const others = this.#queue.filter((other) => other.parent !== parent || other.name !== name)
    // Of several walks the one that goes on is served first.
    this.#queue = [...next.map((each) => ({ parent, name: each })), ...others].slice(0, queueMax)
    this.#start()
  }

  /** As above, but what it looked for was known. */
  used(directory: Inode): void {
    if (this.#expected.has(directory)) this.entered(directory)
  }

  #directories(parent: Inode): readonly string[] {
    const listing = this.#context.listings.get(parent)
    const all = listing
      ? Array.from(listing.names, ([name, { type }]) => ({ name, type }))
      : Array.from(parent.children, ([name, { type }]) => ({ name, type }))
    return all.filter(({ type }) => type === 'directory').map(({ name }) => name)
  }

  #start(): void {
    while (this.#running < runningMax) {
      const [place, ...others] = this.#queue
      if (!place) return
      this.#queue = others
      const directory = this.#context.find(place.parent, place.name)
      if (directory) void this.#list(directory)
    }
  }

  async #list(directory: Inode): Promise<void> {
    const { listings, renew, lifeMs } = this.#context
    if (this.#expected.has(directory) || listings.get(directory)) return
    this.#expected.set(directory, undefined)
    directory.isExpected = true
    this.#running += 1
    try {
      await renew(directory)
    } catch {
      // Who enters it asks again, and is told.
    } finally {
      this.#running -= 1
    }
    if (this.#expected.has(directory)) {
      const timer = backgroundTimer(lifeMs, () => this.#wasted(directory))
      this.#expected.set(directory, timer)
    }
    this.#start()
  }

  #wasted(directory: Inode): void {
    const { parent } = directory
    if (parent) this.#walks.wasted(parent.nodeid)
    this.#forget(directory)
  }

  #forget(directory: Inode): void {
    if (!this.#expected.has(directory)) return
    clearTimeout(this.#expected.get(directory))
    this.#expected.delete(directory)
    directory.isExpected = false
    this.#context.table.release(directory)
  }
}
