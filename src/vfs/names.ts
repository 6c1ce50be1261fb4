/**
 * Which names exist: lookups and listings, answered from what is believed or from the far side.
 */

import { randomBytes } from 'node:crypto'
import type { Clock } from '../support/clock.ts'
import { ErrnoError, isErrno } from '../support/errno-error.ts'
import { encodeName } from '../support/name-bytes.ts'
import type { AttributeCache, ChangeStamp } from './attribute-cache.ts'
import type { RemoteAttributes } from './attributes.ts'
import { isSameFile } from './file-identity.ts'
import type { Inode, Name } from './inode.ts'
import type { InodeTable } from './inode-table.ts'
import type { Listing, ListingCache } from './listing-cache.ts'
import type { Remote } from './remote.ts'
import type { TransferGate } from './transfer-gate.ts'

/** NAME_MAX of Linux, in bytes. */
export const nameLengthMax = 255

/** A question that is overtaken by changes is asked again this often. */
const attemptsMax = 4

export interface NamesContext {
  readonly table: InodeTable
  readonly remote: Remote
  readonly attributes: AttributeCache
  readonly listings: ListingCache
  readonly clock: Clock
  readonly gate: TransferGate
  /** A name leads to nothing, or to another file, without our doing. */
  readonly onNameLost: (name: Name) => void
}

interface RunningListing {
  readonly stamp: ChangeStamp
  readonly answer: Promise<Listing>
}

export class Names {
  readonly #context: NamesContext
  readonly #listing = new Map<Inode, RunningListing>()
  readonly #hiddenPrefix = `.uftp-hidden-${randomBytes(8).toString('hex')}-`
  #hiddenCount = 0

  constructor(context: NamesContext) {
    this.#context = context
  }

  /** For a removed file that is still open: a name that this mount shows to nobody. */
  hiddenName(): string {
    this.#hiddenCount += 1
    return this.#hiddenPrefix + this.#hiddenCount
  }

  /** The inode of a name, or undefined if the name does not exist. */
  async lookup(parent: Inode, name: string, signal?: AbortSignal): Promise<Inode | undefined> {
    checkName(name)
    const { table, attributes, listings } = this.#context
    if (name.startsWith(this.#hiddenPrefix)) return undefined
    const known = table.child(parent, name)
    if (known && this.#isBelieved(known, parent, name)) return known
    if (!known && listings.negativeMs(parent, name) > 0) return undefined
    const listing = listings.get(parent)
    const listed = listing?.names.get(name)
    if (listing && listed && !hasManyNames(listed)) {
      const inode = this.learn(parent, name, listed, listing.stamp, listing.askedAtMs)
      if (attributes.remainingMs(inode) > 0) return inode
    }
    return this.#ask(parent, name, signal)
  }

  /** The inode of a name, after an answer of the far side that showed it. */
  learn(
    parent: Inode,
    name: string,
    told: RemoteAttributes,
    stamp: ChangeStamp,
    askedAtMs: number,
  ): Inode {
    const { table, attributes, onNameLost } = this.#context
    const known = table.child(parent, name)
    if (known?.openCount === 0 && !isSameFile(known.remote, told)) {
      attributes.follow(known, told, stamp, askedAtMs)
    }
    const inode = table.intern(parent, name, told)
    const isCurrent = attributes.adopt(inode, told, stamp, askedAtMs)
    const seen = inode.nameIn(parent, name)
    if (seen) seen.seenAtMs = Math.max(seen.seenAtMs, askedAtMs)
    if (!isCurrent || told.nlink !== 1) return inode
    // Renamed behind our back: it has this name instead of those.
    for (const other of inode.names) {
      if (other === seen) continue
      table.unname(inode, other.parent, other.name)
      onNameLost(other)
    }
    return inode
  }

  /** A listing no older than the directory timeout. Concurrent callers share one question. */
  async list(directory: Inode, signal?: AbortSignal): Promise<Listing> {
    const fresh = this.#context.listings.get(directory)
    if (fresh) return fresh
    const { attributes } = this.#context
    const running = this.#listing.get(directory)
    if (running && attributes.isUnchangedSince(directory, running.stamp)) {
      // The other caller's interrupt must not become ours.
      return running.answer.catch(() => this.#askListing(directory, signal))
    }
    const asking = {
      stamp: attributes.stamp(),
      answer: this.#askListing(directory, signal).finally(() => {
        if (this.#listing.get(directory) === asking) this.#listing.delete(directory)
      }),
    }
    this.#listing.set(directory, asking)
    return asking.answer
  }

  /** Asks anew when a rename above or an own change of the directory has overtaken the question. */
  async #ask(
    parent: Inode,
    name: string,
    signal: AbortSignal | undefined,
  ): Promise<Inode | undefined> {
    const { table, attributes, listings, clock, gate } = this.#context
    for (let attempt = 1; ; attempt++) {
      const stamp = attributes.stamp()
      const askedAtMs = clock.monotonicMs()
      const path = table.childPath(parent, name)
      const answer = await this.#stat(path, signal)
      const hasMoved = (await gate.passable(parent)) || table.childPath(parent, name) !== path
      const isUnchanged = attributes.isUnchangedSince(parent, stamp)
      const known = table.child(parent, name)
      const isNew = answer && !(known && isSameFile(known.remote, answer))
      const isOvertaken = hasMoved || (isNew && !isUnchanged)
      if (isOvertaken && attempt < attemptsMax) continue
      if (answer && known && isNew && !isUnchanged) return known
      if (answer) return this.learn(parent, name, answer, stamp, askedAtMs)
      // An own change of the directory meanwhile may have made the name.
      if (hasMoved || !isUnchanged) return known
      listings.putNegative(parent, name, askedAtMs)
      if (known) table.unname(known, parent, name)
      return undefined
    }
  }

  /** An inode that was asked about by another name says nothing of this one. */
  #isBelieved(inode: Inode, parent: Inode, name: string): boolean {
    const { attributes } = this.#context
    const remainingMs = attributes.remainingMs(inode)
    if (inode.names.length < 2 || remainingMs === 0) return remainingMs > 0
    const seenAtMs = inode.nameIn(parent, name)?.seenAtMs ?? -Infinity
    return attributes.isRecent(seenAtMs)
  }

  /** Undefined: there is no such name. */
  async #stat(
    path: string,
    signal: AbortSignal | undefined,
  ): Promise<RemoteAttributes | undefined> {
    try {
      return await this.#context.remote.stat(path, signal)
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) throw error
      return undefined
    }
  }

  async #askListing(directory: Inode, signal: AbortSignal | undefined): Promise<Listing> {
    const { table, remote, attributes, listings, clock } = this.#context
    const stamp = attributes.stamp()
    const askedAtMs = clock.monotonicMs()
    const all = await remote.list(table.path(directory), signal)
    const entries = all.filter(({ name }) => !name.startsWith(this.#hiddenPrefix))
    const names = new Map(entries.map((entry) => [entry.name, entry.attributes]))
    for (const entry of entries) {
      const known = table.child(directory, entry.name)
      if (!known || !isSameFile(known.remote, entry.attributes)) continue
      this.learn(directory, entry.name, entry.attributes, stamp, askedAtMs)
      if (!attributes.isUnchangedSince(known, stamp)) names.set(entry.name, known.remote)
    }
    this.#doubt(directory, names, stamp)
    const listing = { names, askedAtMs, stamp }
    // If something was made or removed by us meanwhile it is good for this caller, not to be kept.
    if (attributes.isUnchangedSince(directory, stamp)) listings.put(directory, listing)
    return listing
  }

  /**
   * Names that a listing shows otherwise than they are known are asked about at the next use, by the
   * kernel too. Gone is only what its own question finds gone: stock servers leave names out.
   */
  #doubt(
    directory: Inode,
    listed: ReadonlyMap<string, RemoteAttributes>,
    stamp: ChangeStamp,
  ): void {
    const { attributes, onNameLost } = this.#context
    if (!attributes.isUnchangedSince(directory, stamp)) return
    for (const [name, known] of directory.children) {
      const told = listed.get(name)
      const isKnown = told && isSameFile(known.remote, told)
      if (isKnown || name.startsWith(this.#hiddenPrefix)) continue
      if (!attributes.isUnchangedSince(known, stamp)) continue
      const doubted = known.nameIn(directory, name)
      if (!doubted) continue
      attributes.expire(known)
      doubted.seenAtMs = -Infinity
      onNameLost(doubted)
    }
  }
}

/** Then what a listing told of it may have changed by a name in another directory. */
export function hasManyNames({ type, nlink }: RemoteAttributes): boolean {
  return type !== 'directory' && nlink !== undefined && nlink > 1
}

/** EINVAL or ENAMETOOLONG for what cannot be a name. */
export function checkName(name: string): void {
  if (name === '' || name === '.' || name === '..' || name.includes('/') || name.includes('\0')) {
    throw new ErrnoError('EINVAL', `name ${JSON.stringify(name)}`)
  }
  if (encodeName(name).length > nameLengthMax) throw new ErrnoError('ENAMETOOLONG', 'name')
}
