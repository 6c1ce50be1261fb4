/**
 * Which names exist: lookups and listings, answered from what is believed or from the far side.
 */

import type { Clock } from '../support/clock.ts'
import { ErrnoError, isErrno } from '../support/errno-error.ts'
import { encodeName } from '../support/name-bytes.ts'
import type { AttributeCache } from './attribute-cache.ts'
import type { Inode } from './inode.ts'
import type { InodeTable } from './inode-table.ts'
import type { Listing, ListingCache } from './listing-cache.ts'
import type { Remote } from './remote.ts'

/** NAME_MAX of Linux, in bytes. */
export const nameLengthMax = 255

export interface NamesContext {
  readonly table: InodeTable
  readonly remote: Remote
  readonly attributes: AttributeCache
  readonly listings: ListingCache
  readonly clock: Clock
}

export class Names {
  readonly #context: NamesContext
  readonly #listing = new Map<Inode, Promise<Listing>>()
  /** Names of removed files that are still open: shown to nobody. */
  readonly #hidden = new Set<string>()

  constructor(context: NamesContext) {
    this.#context = context
  }

  hide(name: string): void {
    this.#hidden.add(name)
  }

  unhide(name: string): void {
    this.#hidden.delete(name)
  }

  /** The inode of a name, or undefined if the name does not exist. */
  async lookup(parent: Inode, name: string, signal?: AbortSignal): Promise<Inode | undefined> {
    checkName(name)
    const { table, attributes, listings } = this.#context
    if (this.#hidden.has(name)) return undefined
    const known = table.child(parent, name)
    if (known && attributes.remainingMs(known) > 0) return known
    if (!known && listings.negativeMs(parent, name) > 0) return undefined
    const listing = listings.get(parent)
    const listed = listing?.names.get(name)
    if (listing && listed) {
      const inode = table.intern(parent, name, listed)
      attributes.adopt(inode, listed, listing.stamp, listing.askedAtMs)
      if (attributes.remainingMs(inode) > 0) return inode
    }
    return this.#ask(parent, name, signal)
  }

  /** A listing no older than the directory timeout. Concurrent callers share one question. */
  async list(directory: Inode, signal?: AbortSignal): Promise<Listing> {
    const fresh = this.#context.listings.get(directory)
    if (fresh) return fresh
    const running = this.#listing.get(directory)
    // The other caller's interrupt must not become ours.
    if (running) return running.catch(() => this.#askListing(directory, signal))
    const asking = this.#askListing(directory, signal).finally(() =>
      this.#listing.delete(directory),
    )
    this.#listing.set(directory, asking)
    return asking
  }

  async #ask(
    parent: Inode,
    name: string,
    signal: AbortSignal | undefined,
  ): Promise<Inode | undefined> {
    const { table, remote, attributes, listings, clock } = this.#context
    const stamp = attributes.stamp()
    const askedAtMs = clock.monotonicMs()
    try {
      const answer = await remote.stat(table.childPath(parent, name), signal)
      const inode = table.intern(parent, name, answer)
      attributes.adopt(inode, answer, stamp, askedAtMs)
      return inode
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) throw error
    }
    // An own change of the directory meanwhile may have made the name.
    if (!attributes.isUnchangedSince(parent, stamp)) return table.child(parent, name)
    listings.putNegative(parent, name, askedAtMs)
    const gone = table.child(parent, name)
    if (gone) table.detach(gone)
    return undefined
  }

  async #askListing(directory: Inode, signal: AbortSignal | undefined): Promise<Listing> {
    const { table, remote, attributes, listings, clock } = this.#context
    const stamp = attributes.stamp()
    const askedAtMs = clock.monotonicMs()
    const all = await remote.list(table.path(directory), signal)
    const entries =
      this.#hidden.size === 0 ? all : all.filter((entry) => !this.#hidden.has(entry.name))
    for (const entry of entries) {
      const known = table.child(directory, entry.name)
      if (known?.type === entry.attributes.type) {
        attributes.adopt(known, entry.attributes, stamp, askedAtMs)
      }
    }
    const names = new Map(entries.map((entry) => [entry.name, entry.attributes]))
    const listing = { names, askedAtMs, stamp }
    // If something was made or removed by us meanwhile it is good for this caller, not to be kept.
    if (attributes.isUnchangedSince(directory, stamp)) listings.put(directory, listing)
    return listing
  }
}

/** EINVAL or ENAMETOOLONG for what cannot be a name. */
export function checkName(name: string): void {
  if (name === '' || name === '.' || name === '..' || name.includes('/') || name.includes('\0')) {
    throw new ErrnoError('EINVAL', `name ${JSON.stringify(name)}`)
  }
  if (encodeName(name).length > nameLengthMax) throw new ErrnoError('ENAMETOOLONG', 'name')
}
