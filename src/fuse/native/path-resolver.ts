/**
 * From libfuse's paths to nodeids.
 *
 * Every step of a path is a lookup that the file system counts. A lookup is kept for a while after its
 * operation, because the file system believes what it knows of an inode only as long as somebody
 * refers to it; the least recently used are given back first.
 */

import { ErrnoError } from '../../support/errno-error.ts'
import { checkText } from './text.ts'
import { HiddenNames } from './hidden-names.ts'
import { rootNodeid, type Caller, type Entry, type Filesystem } from '../../vfs/filesystem.ts'

/** Lookups kept. An inode costs about 1 kB. */
const keptMax = 16_384

export interface Place {
  /** The directory's nodeid. */
  readonly parent: number
  readonly name: string
}

export class PathResolver {
  readonly #filesystem: Filesystem
  /** nodeids of which one lookup is kept, least recently used first. */
  readonly #kept = new Set<number>()
  readonly #hidden = new HiddenNames()

  constructor(filesystem: Filesystem) {
    this.#filesystem = filesystem
  }

  /** Runs `use` with the nodeid of what is there; ENOENT if nothing is. */
  async at<T>(
    path: string,
    caller: Caller,
    use: (nodeid: number, entry: Entry | undefined) => Promise<T>,
  ): Promise<T> {
    if (path === '/') return use(rootNodeid, undefined)
    const hidden = this.#hidden.nodeid(path)
    if (hidden !== undefined) return use(hidden, undefined)
    return this.in(path, caller, async ({ parent, name }) => {
      const entry = await this.#lookup(parent, name, caller)
      return this.#using(entry.nodeid, () => use(entry.nodeid, entry))
    })
  }

  /** Runs `use` with the directory that the path's last name is in or is to be made in. */
  async in<T>(path: string, caller: Caller, use: (place: Place) => Promise<T>): Promise<T> {
    const { directory, name } = split(path)
    checkText(name)
    const walked: number[] = []
    try {
      let parent = rootNodeid
      for (const step of directory) {
        checkText(step)
        parent = (await this.#lookup(parent, step, caller)).nodeid
        walked.push(parent)
      }
      return await use({ parent, name })
    } finally {
      for (const nodeid of walked) this.keep(nodeid)
    }
  }

  /** Takes over one lookup that the file system has counted. */
  keep(nodeid: number): void {
    if (this.#kept.delete(nodeid)) this.#filesystem.forget(nodeid, 1)
    this.#kept.add(nodeid)
    if (this.#kept.size <= keptMax) return
    for (const oldest of this.#kept) {
      this.#kept.delete(oldest)
      this.#filesystem.forget(oldest, 1)
      break
    }
  }

  /** Whether a rename is libfuse's way to keep a removed file, if the file is open. */
  isHiding(from: string, to: string): boolean {
    return this.#hidden.isHiding(from, to)
  }

  /** Removes the file; from now on only libfuse's name leads to it. */
  hide(path: string, hiddenPath: string, caller: Caller): Promise<void> {
    return this.in(path, caller, async ({ parent, name }) => {
      const { nodeid } = await this.#lookup(parent, name, caller)
      try {
        await this.#filesystem.unlink(parent, name, caller)
      } catch (error) {
        this.keep(nodeid)
        throw error
      }
      this.#hidden.add(hiddenPath, nodeid)
    })
  }

  /** libfuse removes a hidden name; false: it is none. */
  dropHidden(path: string): boolean {
    const nodeid = this.#hidden.remove(path)
    if (nodeid === undefined) return false
    this.#filesystem.forget(nodeid, 1)
    return true
  }

  /** The last handle of a file is gone: libfuse may or may not remember to drop its hidden name. */
  closed(nodeid: number): void {
    const lookups = this.#hidden.removeNodeid(nodeid)
    if (lookups > 0) this.#filesystem.forget(nodeid, lookups)
  }

  /** Gives every lookup back. */
  close(): void {
    for (const nodeid of [...this.#kept, ...this.#hidden.clear()]) {
      this.#filesystem.forget(nodeid, 1)
    }
    this.#kept.clear()
  }

  async #lookup(parent: number, name: string, caller: Caller): Promise<Entry> {
    const entry = await this.#filesystem.lookup(parent, name, caller)
    if (!('attributes' in entry)) throw new ErrnoError('ENOENT', `lookup "${name}"`)
    return entry
  }

  async #using<T>(nodeid: number, use: () => Promise<T>): Promise<T> {
    try {
      return await use()
    } finally {
      this.keep(nodeid)
    }
  }
}

function split(path: string): { directory: string[]; name: string } {
  const names = path.split('/').slice(1)
  const name = names.pop()!
  return { directory: names, name }
}
