/**
 * Which names exist: lookups and listings, answered from what is believed or from the far side.
 */

import { randomBytes } from 'node:crypto'
import { ErrnoError, isErrno } from '../support/errno-error.ts'
import { encodeName } from '../support/name-bytes.ts'
import type { AnswerTime } from './attribute-cache.ts'
import type { RemoteAttributes } from './attributes.ts'
import { DirectoryListings, type DirectoryListingsContext } from './directory-listings.ts'
import { isSameFile } from './file-identity.ts'
import type { Inode } from './inode.ts'
import type { Listing } from './listing-cache.ts'

/** NAME_MAX of Linux, in bytes. */
export const nameLengthMax = 255

/** Nothing is believed of a name. */
const untold = Symbol('untold')

/** A listing was there before the answer to a question. */
const listedFirst = Symbol('listed first')

/** A question that is overtaken by changes is asked again this often. */
const attemptsMax = 4

export type NamesContext = DirectoryListingsContext

export class Names {
  readonly #context: NamesContext
  readonly #listings: DirectoryListings
  readonly #hiddenPrefix = `.uftp-hidden-${randomBytes(8).toString('hex')}-`
  #hiddenCount = 0

  constructor(context: NamesContext) {
    this.#context = context
    this.#listings = new DirectoryListings(context, {
      learn: (...told) => this.learn(...told),
      isHidden: (name) => this.#isHidden(name),
    })
  }

  /** A listing no older than the directory timeout. */
  list(directory: Inode, signal?: AbortSignal): Promise<Listing> {
    return this.#listings.list(directory, signal)
  }

  /** The names of the directory are about to be asked for. */
  prepare(directory: Inode): void {
    this.#listings.prepare(directory)
  }

  /** We have just made the directory. */
  madeEmpty(directory: Inode): void {
    this.#listings.madeEmpty(directory)
  }

  /** Names of the directory were told from what is known. */
  used(directory: Inode): void {
    this.#listings.used(directory)
  }

  /** A name of the directory was asked about by itself. */
  asked(directory: Inode, tookMs: number): void {
    this.#listings.asked(directory, tookMs)
  }

  /** How long ago it was told that the name leads to the inode. */
  ageMs(inode: Inode, parent: Inode, name: string): number {
    const { attributes, clock } = this.#context
    const ageMs = attributes.ageMs(inode)
    if (inode.names.length < 2) return ageMs
    const seenAtMs = inode.nameIn(parent, name)?.seenAtMs ?? -Infinity
    return Math.max(ageMs, clock.monotonicMs() - seenAtMs)
  }

  /** For how long a name may still be believed not to exist. */
  negativeMs(parent: Inode, name: string): number {
    return this.#context.listings.negativeMs(parent, name)
  }

  /** For a removed file that is still open: a name that this mount shows to nobody. */
  hiddenName(): string {
    this.#hiddenCount += 1
    return this.#hiddenPrefix + this.#hiddenCount
  }

  /** The inode of a name, or undefined if the name does not exist. */
  async lookup(parent: Inode, name: string, signal?: AbortSignal): Promise<Inode | undefined> {
    checkName(name)
    if (this.#isHidden(name)) return undefined
    const known = this.#believed(parent, name)
    if (known === untold) return this.#find(parent, name, signal)
    this.#listings.used(parent)
    return known
  }

  #believed(parent: Inode, name: string): Inode | undefined | typeof untold {
    const { table, attributes, listings } = this.#context
    const known = table.child(parent, name)
    if (known && this.#isBelieved(known, parent, name)) return known
    if (!known && listings.negativeMs(parent, name) > 0) return undefined
    const listing = listings.get(parent)
    const listed = listing?.names.get(name)
    if (listing && listed && !hasManyNames(listed)) {
      const inode = this.learn(parent, name, listed, listing.time)
      if (attributes.remainingMs(inode) > 0) return inode
    }
    return untold
  }

  /** By a question, or by a listing that is under way, whichever tells first. */
  async #find(
    parent: Inode,
    name: string,
    signal: AbortSignal | undefined,
  ): Promise<Inode | undefined> {
    const listing = this.#listings.expect(parent)
    if (!listing) return this.#ask(parent, name, signal)
    let isTold = false
    const asking = this.#ask(parent, name, signal, () => !isTold)
    const listed: Promise<typeof listedFirst> = listing.then(() => listedFirst)
    const first = await Promise.race([asking, listed.catch(() => asking)])
    if (first !== listedFirst) return first
    const known = this.#believed(parent, name)
    if (known === untold) return asking
    isTold = true
    return known
  }

  /** The inode of a name, after an answer of the far side that showed it. */
  learn(parent: Inode, name: string, told: RemoteAttributes, time: AnswerTime): Inode {
    const { table, attributes, onNameLost } = this.#context
    const known = table.child(parent, name)
    if (known?.openCount === 0 && !isSameFile(known.remote, told)) {
      attributes.follow(known, told, time)
    }
    const inode = table.intern(parent, name, told)
    const isCurrent = attributes.adopt(inode, told, time)
    const seen = inode.nameIn(parent, name)
    if (seen) seen.seenAtMs = Math.max(seen.seenAtMs, time.toldAtMs)
    if (!isCurrent || told.nlink !== 1) return inode
    // Renamed behind our back: it has this name instead of those.
    for (const other of inode.names) {
      if (other === seen) continue
      table.unname(inode, other.parent, other.name)
      onNameLost(other)
    }
    return inode
  }

  /**
   * Asks anew when a rename above or an own change of the directory has overtaken the question. What
   * is not wanted any more is not learnt: nobody would let go of the inode.
   */
  async #ask(
    parent: Inode,
    name: string,
    signal: AbortSignal | undefined,
    isWanted = (): boolean => true,
  ): Promise<Inode | undefined> {
    const { table, attributes, listings, gate } = this.#context
    for (let attempt = 1; ; attempt++) {
      const answered = attributes.question()
      const path = table.childPath(parent, name)
      const answer = await this.#stat(path, signal)
      const time = answered()
      this.asked(parent, time.toldAtMs - time.askedAtMs)
      const hasMoved = (await gate.passable(parent)) || table.childPath(parent, name) !== path
      if (!isWanted()) return undefined
      const isUnchanged = attributes.isUnchangedSince(parent, time.stamp)
      const known = table.child(parent, name)
      const isNew = answer && !(known && isSameFile(known.remote, answer))
      const isOvertaken = hasMoved || (isNew && !isUnchanged)
      if (isOvertaken && attempt < attemptsMax) continue
      if (answer && known && isNew && !isUnchanged) return known
      if (answer) return this.learn(parent, name, answer, time)
      // An own change of the directory meanwhile may have made the name.
      if (hasMoved || !isUnchanged) return known
      listings.putNegative(parent, name, time.toldAtMs)
      if (known) table.unname(known, parent, name)
      return undefined
    }
  }

  #isHidden(name: string): boolean {
    return name.startsWith(this.#hiddenPrefix)
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
