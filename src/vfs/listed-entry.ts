import type { AttributeCache } from './attribute-cache.ts'
import type { FileType, RemoteEntry } from './attributes.ts'
import type { Clock } from '../support/clock.ts'
import type { DirectorySnapshot } from './directory-snapshot.ts'
import type { EntryView } from './entry-view.ts'
import type { DirectoryEntry, Entry } from './filesystem.ts'
import type { Inode } from './inode.ts'
import type { InodeTable } from './inode-table.ts'
import { hasManyNames, type Names } from './names.ts'

export interface ListedEntryContext {
  readonly table: InodeTable
  readonly attributes: AttributeCache
  readonly names: Names
  readonly view: EntryView
  readonly clock: Clock
}

/** A name of a snapshot. There may be very many: what nobody asks for is not worked out. */
export class ListedEntry implements DirectoryEntry {
  readonly cookie: number
  readonly #context: ListedEntryContext
  readonly #directory: Inode
  readonly #snapshot: DirectorySnapshot
  readonly #listed: RemoteEntry

  constructor(
    context: ListedEntryContext,
    directory: Inode,
    snapshot: DirectorySnapshot,
    listed: RemoteEntry,
    cookie: number,
  ) {
    this.#context = context
    this.#directory = directory
    this.#snapshot = snapshot
    this.#listed = listed
    this.cookie = cookie
  }

  get name(): string {
    return this.#listed.name
  }

  get type(): FileType {
    return this.#listed.attributes.type
  }

  get ino(): number {
    const { name, attributes } = this.#listed
    return this.#context.table.inoOf(this.#directory, name, attributes)
  }

  resolve(): Entry | undefined {
    const { table, attributes, names, view, clock } = this.#context
    const { name, attributes: told } = this.#listed
    const { time } = this.#snapshot
    const directory = this.#directory
    if (!attributes.isUnchangedSince(directory, time.stamp)) {
      // We have made or removed names since: only what is known is sure to be there.
      const known = table.child(directory, name)
      return known && view.entry(known, names.ageMs(known, directory, name))
    }
    // The kernel asks for it when it needs it.
    if (hasManyNames(told) && !table.child(directory, name)) return undefined
    const inode = names.learn(directory, name, told, time)
    return view.entry(inode, clock.monotonicMs() - time.toldAtMs)
  }
}
