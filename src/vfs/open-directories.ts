/**
 * Open directories and reading them.
 *
 * The kernel may keep names that it has read, and then lists a directory without a question. At each
 * open it is told whether they are still what it would be answered; own changes it sees itself. They
 * are taken from it when their time is over while the directory is open: a program that rewinds does
 * not open. Only one open handle of a directory at a time fills the kernel's store and reads from
 * it, so that what it reads there is always of the handle's own snapshots.
 */

import { DirectoryHandle } from './directory-handle.ts'
import { DirectorySnapshot, snapshotVersionsMax } from './directory-snapshot.ts'
import { ErrnoError } from '../support/errno-error.ts'
import type { DirectoryEntry, OpenedDirectory } from './filesystem.ts'
import { HandleTable } from './handle-table.ts'
import type { Inode } from './inode.ts'
import { ListedEntry, type ListedEntryContext } from './listed-entry.ts'
import type { Listing, ListingCache } from './listing-cache.ts'
import type { VfsOptions } from './vfs-options.ts'

/**
 * The thread that reads puts the names into the kernel's store when it runs again behind our answer.
 * What takes them away must come after that: if it came before, they would stay.
 */
const storingMs = 50

export interface OpenDirectoriesContext extends ListedEntryContext {
  readonly listings: ListingCache
  readonly options: Pick<VfsOptions, 'directoryTimeoutMs'>
  /** What the kernel holds of the directory's names is not to be believed any more. */
  readonly onNamesExpired: (directory: Inode) => void
}

export class OpenDirectories {
  readonly #context: OpenDirectoriesContext
  readonly #handles = new HandleTable<DirectoryHandle>()
  #versions = 0

  constructor(context: OpenDirectoriesContext) {
    this.#context = context
  }

  /** `isForReading`: the listing is asked for before the first read. */
  open(inode: Inode, isForReading = false): OpenedDirectory {
    if (inode.type !== 'directory') throw new ErrnoError('ENOTDIR', `opendir "${inode.name}"`)
    const isAlone = inode.openCount === 0
    const cacheNames = isAlone && this.#context.options.directoryTimeoutMs > 0
    const handle = new DirectoryHandle(inode, cacheNames)
    const kept = cacheNames && this.#continueKernel(handle)
    if (isForReading && !kept) this.#context.names.prepare(inode)
    const fh = this.#handles.add(handle)
    inode.openCount += 1
    // Another handle reads what the kernel has kept: this one leaves it alone.
    return { fh, keepCache: kept || !isAlone, cacheNames }
  }

  /** Entries after the cookie; reading from the start takes a new snapshot (rewinddir). */
  async read(fh: number, cookie: number, signal?: AbortSignal): Promise<Iterable<DirectoryEntry>> {
    const handle = this.#handles.get(fh)
    if (cookie === 0 || !handle.snapshot) {
      const listing = await this.#context.names.list(handle.inode, signal)
      handle.snapshot = this.#snapshot(listing)
      if (handle.fillsKernel) {
        handle.inode.kernelNames = handle.snapshot.version
        this.#expireKernel(handle, listing)
      }
    }
    return this.#entriesAfter(handle.inode, handle.snapshot, cookie)
  }

  release(fh: number): void {
    const handle = this.#handles.remove(fh)
    handle.release()
    handle.inode.openCount -= 1
    this.#context.table.release(handle.inode)
  }

  /** Whether the kernel may go on with the names that it has. */
  #continueKernel(handle: DirectoryHandle): boolean {
    const { inode } = handle
    const listing = this.#context.listings.get(inode)
    if (!listing || listing.version !== inode.kernelNames) return false
    handle.snapshot = this.#snapshot(listing)
    this.#context.names.used(inode)
    this.#expireKernel(handle, listing)
    return true
  }

  #snapshot(listing: Listing): DirectorySnapshot {
    listing.version ??= this.#nextVersion()
    listing.snapshot ??= new DirectorySnapshot(listing.version, listing.names, listing.time)
    return listing.snapshot
  }

  #nextVersion(): number {
    this.#versions = (this.#versions % snapshotVersionsMax) + 1
    return this.#versions
  }

  #expireKernel(handle: DirectoryHandle, listing: Listing): void {
    const { listings, onNamesExpired } = this.#context
    // One that changes have overtaken is believed by nobody else.
    const isBelieved = listings.get(handle.inode) === listing
    const leftMs = isBelieved ? listings.leftMs(listing) : 0
    handle.afterMs(Math.max(leftMs, storingMs), () => onNamesExpired(handle.inode))
  }

  *#entriesAfter(
    directory: Inode,
    snapshot: DirectorySnapshot,
    cookie: number,
  ): Iterable<DirectoryEntry> {
    const start = snapshot.position(cookie)
    const dots = [
      { name: '.', ino: directory.ino },
      { name: '..', ino: (directory.parent ?? directory).ino },
    ]
    for (let index = start; index < dots.length; index++) {
      const next = snapshot.cookie(index + 1)
      yield { ...dots[index]!, type: 'directory', cookie: next }
    }
    const { entries } = snapshot
    for (let index = Math.max(0, start - dots.length); index < entries.length; index++) {
      const next = snapshot.cookie(dots.length + index + 1)
      yield new ListedEntry(this.#context, directory, snapshot, entries[index]!, next)
    }
  }
}
