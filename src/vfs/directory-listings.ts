/**
 * Listing directories: on demand, shared by those who ask at the same time, and by itself when one
 * name after the other is asked about.
 */

import { abortable } from '../support/abortable.ts'
import type { AnswerTime, AttributeCache } from './attribute-cache.ts'
import type { RemoteAttributes, RemoteEntry } from './attributes.ts'
import type { Clock } from '../support/clock.ts'
import { isErrno } from '../support/errno-error.ts'
import { isLongLink } from '../support/long-link.ts'
import { isSameFile } from './file-identity.ts'
import type { Inode, Name } from './inode.ts'
import type { InodeTable } from './inode-table.ts'
import type { Listing, ListingCache } from './listing-cache.ts'
import { ListingsAhead } from './listings-ahead.ts'
import type { ListingJournal } from './listing-journal.ts'
import type { Remote } from './remote.ts'
import { ScanDetector } from './scan-detector.ts'
import type { TransferGate } from './transfer-gate.ts'
import type { VfsOptions } from './vfs-options.ts'

/** A listing that is overtaken by a rename above is asked for again this often. */
const attemptsMax = 4

export interface DirectoryListingsContext {
  readonly table: InodeTable
  readonly remote: Remote
  readonly attributes: AttributeCache
  readonly listings: ListingCache
  readonly options: Pick<VfsOptions, 'attributeTimeoutMs' | 'directoryTimeoutMs'>
  readonly clock: Clock
  readonly gate: TransferGate
  /** Fires when the file system ends. */
  readonly ended: AbortSignal
  /** A name leads to nothing, or to another file, without our doing. */
  readonly onNameLost: (name: Name) => void
}

export interface NameKnowledge {
  learn(parent: Inode, name: string, told: RemoteAttributes, time: AnswerTime): Inode
  /** A name that this mount shows to nobody. */
  isHidden(name: string): boolean
}

interface RunningListing {
  readonly listing: Promise<Listing>
  /** Aborted when a program begins to wait. */
  readonly awaited: AbortController
}

export class DirectoryListings {
  readonly #context: DirectoryListingsContext
  readonly #names: NameKnowledge
  readonly #running = new Map<Inode, RunningListing>()
  readonly #scans: ScanDetector
  readonly #ahead: ListingsAhead

  constructor(context: DirectoryListingsContext, names: NameKnowledge) {
    this.#context = context
    this.#names = names
    this.#scans = new ScanDetector(context.clock)
    this.#ahead = new ListingsAhead({
      ...context,
      lifeMs: context.options.directoryTimeoutMs,
      renew: (directory) => this.#renew(directory, false),
      find: (parent, name) => this.#find(parent, name),
    })
  }

  /** A listing no older than the directory timeout. */
  async list(directory: Inode, signal?: AbortSignal): Promise<Listing> {
    const known = this.#context.listings.get(directory)
    if (known) {
      this.used(directory)
      return known
    }
    // Before those that are listed ahead of it.
    const renewing = this.#renew(directory, true)
    this.#entered(directory)
    return abortable(renewing, signal)
  }

  /** Names of the directory were told from what is known. */
  used(directory: Inode): void {
    this.#scans.answered(directory)
    this.#ahead.used(directory)
  }

  /** A name of the directory is about to be asked about: the listing that may tell it sooner. */
  expect(directory: Inode): Promise<Listing> | undefined {
    const running = this.#running.get(directory)
    if (running) return running.listing
    const isWorth = this.#isFar && this.#scans.isWorthListing(directory, this.#roundTripMs)
    return isWorth ? this.#renew(directory, false) : undefined
  }

  /** It is about to be listed, unless that would be in vain. */
  prepare(directory: Inode): void {
    if (!this.#believes || this.#context.listings.get(directory)) return
    // Who reads it then is told of a failure.
    this.list(directory).catch(() => {})
  }

  /** We have just made the directory: nobody else has had the time to put something into it. */
  madeEmpty(directory: Inode): void {
    const { attributes, listings } = this.#context
    listings.put(directory, { names: new Map(), time: attributes.question()() })
    this.#scans.listed(directory, 0)
  }

  /** A name of the directory was asked about by itself. */
  asked(directory: Inode, tookMs: number): void {
    if (!this.#believes) return
    this.#entered(directory)
    if (!this.#scans.asked(directory, tookMs, this.#isFar)) return
    // Who asks about names gets on meanwhile, and is told of a failure by its own questions.
    this.#renew(directory, true).catch(() => {})
  }

  /** Otherwise a listing would answer nothing but what it was asked for. */
  get #believes(): boolean {
    const { attributeTimeoutMs, directoryTimeoutMs } = this.#context.options
    return attributeTimeoutMs > 0 && directoryTimeoutMs > 0
  }

  get #roundTripMs(): number {
    return this.#context.remote.roundTripMs
  }

  /** Round trips cost more than names that nobody asks for. */
  get #isFar(): boolean {
    return this.#believes && isLongLink(this.#roundTripMs)
  }

  #entered(directory: Inode): void {
    if (this.#isFar) this.#ahead.entered(directory)
  }

  #find(parent: Inode, name: string): Inode | undefined {
    const { table, listings } = this.#context
    const known = table.child(parent, name)
    if (known) return known.type === 'directory' ? known : undefined
    const listing = listings.get(parent)
    const told = listing?.names.get(name)
    if (!listing || told?.type !== 'directory') return undefined
    try {
      return this.#names.learn(parent, name, told, listing.time)
    } catch (error) {
      // What it is in has lost its name.
      if (isErrno(error, 'ESTALE')) return undefined
      throw error
    }
  }

  /** Callers share one question, which goes on when they are interrupted. */
  #renew(directory: Inode, isAwaited: boolean): Promise<Listing> {
    const running = this.#running.get(directory)
    const awaited = running?.awaited ?? new AbortController()
    if (isAwaited) awaited.abort()
    if (running) return running.listing
    const listing = this.#ask(directory, awaited.signal).finally(() =>
      this.#running.delete(directory),
    )
    this.#running.set(directory, { listing, awaited })
    return listing
  }

  async #ask(directory: Inode, awaited: AbortSignal): Promise<Listing> {
    const { listings } = this.#context
    const journal = listings.begin(directory)
    try {
      return await this.#askUntilSettled(directory, journal, awaited)
    } finally {
      listings.end(directory, journal)
    }
  }

  async #askUntilSettled(
    directory: Inode,
    journal: ListingJournal,
    awaited: AbortSignal,
  ): Promise<Listing> {
    const { table, remote, attributes, listings, gate, ended } = this.#context
    for (let attempt = 1; ; attempt++) {
      const answered = attributes.question()
      const path = table.path(directory)
      const entries = await remote.list(path, ended, awaited)
      const time = answered()
      const hasMoved = (await gate.passable(directory)) || table.path(directory) !== path
      if (hasMoved && attempt < attemptsMax) continue
      this.#scans.listed(directory, time.toldAtMs - time.askedAtMs)
      const names = this.#learnAll(directory, entries, time)
      journal.writeInto(names)
      const listing = { names, time }
      if (!hasMoved && !journal.isVoid) listings.put(directory, listing)
      return listing
    }
  }

  #learnAll(
    directory: Inode,
    entries: readonly RemoteEntry[],
    time: AnswerTime,
  ): Map<string, RemoteAttributes> {
    const { table, attributes } = this.#context
    const names = new Map<string, RemoteAttributes>()
    for (const { name, attributes: told } of entries) {
      if (this.#names.isHidden(name)) continue
      names.set(name, told)
      const known = table.child(directory, name)
      if (!known || !isSameFile(known.remote, told)) continue
      this.#names.learn(directory, name, told, time)
      if (!attributes.isUnchangedSince(known, time.stamp)) names.set(name, known.remote)
    }
    this.#doubt(directory, names, time)
    return names
  }

  /**
   * Names that a listing shows otherwise than they are known are asked about at the next use, by the
   * kernel too. Gone is only what its own question finds gone: stock servers leave names out.
   */
  #doubt(
    directory: Inode,
    listed: ReadonlyMap<string, RemoteAttributes>,
    { stamp }: AnswerTime,
  ): void {
    const { attributes, onNameLost } = this.#context
    if (!attributes.isUnchangedSince(directory, stamp)) return
    for (const [name, known] of directory.children) {
      const told = listed.get(name)
      const isKnown = told && isSameFile(known.remote, told)
      if (isKnown || this.#names.isHidden(name)) continue
      if (!attributes.isUnchangedSince(known, stamp)) continue
      const doubted = known.nameIn(directory, name)
      if (!doubted) continue
      attributes.expire(known)
      doubted.seenAtMs = -Infinity
      onNameLost(doubted)
    }
  }
}
