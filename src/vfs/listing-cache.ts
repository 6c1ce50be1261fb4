/**
 * Names that are known to exist or not to exist: whole listings and single negative answers.
 *
 * A listing answers lookups of its names, of names that it lacks, and readdir. Own changes are
 * written into it. Bounded by the number of names held.
 */

import { LRUCache } from 'lru-cache'
import type { Clock } from '../support/clock.ts'
import type { AnswerTime } from './attribute-cache.ts'
import type { RemoteAttributes } from './attributes.ts'
import type { DirectorySnapshot } from './directory-snapshot.ts'
import type { Inode } from './inode.ts'
import { ListingJournal } from './listing-journal.ts'

/** Names over all listings, each of which counts as one more. */
const namesMax = 400_000
const negativeNamesMax = 50_000

export interface Listing {
  readonly names: Map<string, RemoteAttributes>
  readonly time: AnswerTime
  /** Of the order of the names as programs have read it, until one is added or removed. */
  version?: number | undefined
  /** The names as they were last read by programs, until something of them changes. */
  snapshot?: DirectorySnapshot | undefined
}

export interface ListingTimeouts {
  readonly directoryTimeoutMs: number
  readonly negativeTimeoutMs: number
}

export class ListingCache {
  readonly #clock: Clock
  readonly #timeouts: ListingTimeouts
  readonly #listings = new LRUCache<number, Listing>({
    maxSize: namesMax,
    // A directory beyond the bound is listed anew each time.
    sizeCalculation: (listing) => listing.names.size + 1,
  })
  /** nodeid → of the listings of a directory that are under way. */
  readonly #journals = new Map<number, Set<ListingJournal>>()
  /** "nodeid/name" → when the far side has said so. */
  readonly #negative = new LRUCache<string, number>({ max: negativeNamesMax })

  constructor(clock: Clock, timeouts: ListingTimeouts) {
    this.#clock = clock
    this.#timeouts = timeouts
  }

  /** Names held in listings. */
  get count(): number {
    return this.#listings.calculatedSize
  }

  /** A listing that may still be believed. */
  get(directory: Inode): Listing | undefined {
    const listing = this.#listings.get(directory.nodeid)
    if (!listing) return undefined
    if (this.leftMs(listing) > 0) return listing
    this.#listings.delete(directory.nodeid)
    return undefined
  }

  /** For how long a listing may still be believed. */
  leftMs({ time }: Listing): number {
    const age = this.#clock.monotonicMs() - time.toldAtMs
    return Math.max(0, this.#timeouts.directoryTimeoutMs - age)
  }

  /** Own changes are noted from now on, until `end`: the directory is being listed. */
  begin(directory: Inode): ListingJournal {
    const journal = new ListingJournal()
    const journals = this.#journals.get(directory.nodeid) ?? new Set()
    this.#journals.set(directory.nodeid, journals.add(journal))
    return journal
  }

  end(directory: Inode, journal: ListingJournal): void {
    const journals = this.#journals.get(directory.nodeid)
    journals?.delete(journal)
    if (journals?.size === 0) this.#journals.delete(directory.nodeid)
  }

  put(directory: Inode, listing: Listing): void {
    this.#listings.set(directory.nodeid, listing)
  }

  /** For how long a name may still be believed not to exist; 0: unknown. */
  negativeMs(directory: Inode, name: string): number {
    const listing = this.get(directory)
    if (listing) return listing.names.has(name) ? 0 : this.#negativeLeft(listing.time.toldAtMs)
    const toldAtMs = this.#negative.get(negativeKey(directory, name))
    return toldAtMs === undefined ? 0 : this.#negativeLeft(toldAtMs)
  }

  putNegative(directory: Inode, name: string, toldAtMs: number): void {
    this.#negative.set(negativeKey(directory, name), toldAtMs)
    const listing = this.#listings.get(directory.nodeid)
    if (listing?.names.delete(name)) outdate(listing)
  }

  /** An own change: the name exists now. */
  added(directory: Inode, name: string, attributes: RemoteAttributes): void {
    for (const journal of this.#journalsOf(directory)) journal.note(name, attributes)
    this.#negative.delete(negativeKey(directory, name))
    const listing = this.#listings.get(directory.nodeid)
    if (!listing) return
    listing.names.set(name, attributes)
    outdate(listing)
  }

  /** An own change of what these names lead to. */
  changed(inode: Inode): void {
    const isUncertain = inode.remoteAtMs === -Infinity && inode.type !== 'directory'
    for (const { parent, name } of inode.names) {
      const listing = this.#listings.get(parent.nodeid)
      if (!listing?.names.has(name)) continue
      if (isUncertain) this.#listings.delete(parent.nodeid)
      else {
        listing.names.set(name, inode.remote)
        listing.snapshot = undefined
      }
    }
  }

  /** An own change: the name is gone. */
  removed(directory: Inode, name: string): void {
    for (const journal of this.#journalsOf(directory)) journal.note(name, undefined)
    this.putNegative(directory, name, this.#clock.monotonicMs())
  }

  /** What was believed of a name turned out wrong. */
  forget(directory: Inode, name: string): void {
    this.#negative.delete(negativeKey(directory, name))
    this.drop(directory)
  }

  /** Also when the directory is forgotten: its nodeid never comes again. */
  drop(directory: Inode): void {
    for (const journal of this.#journalsOf(directory)) journal.isVoid = true
    this.#listings.delete(directory.nodeid)
  }

  #journalsOf(directory: Inode): Iterable<ListingJournal> {
    return this.#journals.get(directory.nodeid) ?? []
  }

  #negativeLeft(toldAtMs: number): number {
    const age = this.#clock.monotonicMs() - toldAtMs
    return Math.max(0, this.#timeouts.negativeTimeoutMs - age)
  }
}

/** The names are not those, or not in the order, that programs have read. */
function outdate(listing: Listing): void {
  listing.version = undefined
  listing.snapshot = undefined
}

function negativeKey(directory: Inode, name: string): string {
  return `${directory.nodeid}/${name}`
}
