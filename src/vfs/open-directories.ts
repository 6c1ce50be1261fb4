/** Open directories and reading them. */

import type { AttributeCache } from './attribute-cache.ts'
import { DirectoryHandle, type ListedEntry } from './directory-handle.ts'
import type { EntryView } from './entry-view.ts'
import { ErrnoError } from '../support/errno-error.ts'
import type { DirectoryEntry, Entry, OpenedFile } from './filesystem.ts'
import { HandleTable } from './handle-table.ts'
import type { Inode } from './inode.ts'
import type { InodeTable } from './inode-table.ts'
import { hasManyNames, type Names } from './names.ts'

export interface OpenDirectoriesContext {
  readonly table: InodeTable
  readonly attributes: AttributeCache
  readonly names: Names
  readonly view: EntryView
}

export class OpenDirectories {
  readonly #context: OpenDirectoriesContext
  readonly #handles = new HandleTable<DirectoryHandle>()

  constructor(context: OpenDirectoriesContext) {
    this.#context = context
  }

  open(inode: Inode): OpenedFile {
    if (inode.type !== 'directory') throw new ErrnoError('ENOTDIR', `opendir "${inode.name}"`)
    const fh = this.#handles.add(new DirectoryHandle(inode))
    inode.openCount += 1
    return { fh, keepCache: false }
  }

  /** Entries after the cookie; reading from the start takes a new snapshot (rewinddir). */
  async read(fh: number, cookie: number, signal?: AbortSignal): Promise<Iterable<DirectoryEntry>> {
    const handle = this.#handles.get(fh)
    if (cookie === 0 || !handle.snapshot) {
      const { names, time } = await this.#context.names.list(handle.inode, signal)
      const entries: ListedEntry[] = []
      for (const [name, attributes] of names) entries.push({ name, attributes, time })
      handle.snapshot = entries
    }
    return this.#entriesAfter(handle.inode, handle.snapshot, cookie)
  }

  release(fh: number): void {
    const { inode } = this.#handles.remove(fh)
    inode.openCount -= 1
    this.#context.table.release(inode)
  }

  *#entriesAfter(
    directory: Inode,
    snapshot: readonly ListedEntry[],
    start: number,
  ): Iterable<DirectoryEntry> {
    const dots = [
      { name: '.', ino: directory.ino },
      { name: '..', ino: (directory.parent ?? directory).ino },
    ]
    for (const [index, dot] of dots.entries()) {
      if (index < start) continue
      yield { ...dot, type: 'directory', cookie: index + 1, resolve: undefined }
    }
    for (let index = Math.max(0, start - dots.length); index < snapshot.length; index++) {
      const listed = snapshot[index]!
      yield {
        name: listed.name,
        ino: this.#context.table.inoOf(directory, listed.name, listed.attributes),
        type: listed.attributes.type,
        cookie: dots.length + index + 1,
        resolve: () => this.#resolve(directory, listed),
      }
    }
  }

  #resolve(directory: Inode, listed: ListedEntry): Entry | undefined {
    const { table, attributes, names, view } = this.#context
    if (!attributes.isUnchangedSince(directory, listed.time.stamp)) {
      // We have made or removed names since: only what is known is sure to be there.
      const known = table.child(directory, listed.name)
      return known && view.entry(known)
    }
    const { name, time } = listed
    // The kernel asks for it when it needs it.
    if (hasManyNames(listed.attributes) && !table.child(directory, name)) return undefined
    return view.entry(names.learn(directory, name, listed.attributes, time))
  }
}
