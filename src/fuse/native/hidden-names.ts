/**
 * libfuse renames a file that is removed while it is open to `.fuse_hidden…` in its directory, and
 * removes that with the last close. The file system keeps such files itself, under no name that others
 * see; so the rename becomes a removal, and libfuse's name lives on here alone.
 *
 * Nothing but the name tells libfuse's rename from a user's. A number that has been seen is never
 * libfuse's again, nor is one far ahead of the others.
 */

import { posix } from 'node:path'

/** Its node's number and a counter of all such names, 8 hexadecimal digits each. */
const pattern = /^\.fuse_hidden[0-9a-f]{8}([0-9a-f]{8})$/

/** Many removals may be under way at once, each trying several names; some never get here. */
const aheadMax = 1024

export class HiddenNames {
  readonly #nodeids = new Map<string, number>()
  readonly #seen = new Set<number>()
  #highest = 0

  /**
   * Whether a rename may be libfuse's way to keep a removed file, if the file is open. Tells so once
   * for each number.
   */
  isHiding(from: string, to: string): boolean {
    const counter = Number.parseInt(pattern.exec(posix.basename(to))?.[1] ?? '', 16)
    const isFresh = counter > this.#highest - aheadMax && counter <= this.#highest + aheadMax
    if (!isFresh || this.#seen.has(counter) || counter === 0) return false
    if (posix.dirname(from) !== posix.dirname(to)) return false
    this.#remember(counter)
    return true
  }

  /** Takes over one lookup of the nodeid. */
  add(path: string, nodeid: number): void {
    this.#nodeids.set(posix.basename(path), nodeid)
  }

  /** The directory may have been renamed since: the name is enough. */
  nodeid(path: string): number | undefined {
    return this.#nodeids.get(posix.basename(path))
  }

  /** Gives the nodeid whose lookup is to be forgotten; undefined: the name is not one of these. */
  remove(path: string): number | undefined {
    const nodeid = this.nodeid(path)
    this.#nodeids.delete(posix.basename(path))
    return nodeid
  }

  /** Nobody has the file open any more. Gives the number of lookups to be forgotten. */
  removeNodeid(nodeid: number): number {
    const names = [...this.#nodeids].filter(([, hidden]) => hidden === nodeid)
    for (const [name] of names) this.#nodeids.delete(name)
    return names.length
  }

  clear(): readonly number[] {
    const nodeids = [...this.#nodeids.values()]
    this.#nodeids.clear()
    return nodeids
  }

  #remember(counter: number): void {
    this.#seen.add(counter)
    this.#highest = Math.max(this.#highest, counter)
    if (this.#seen.size <= 2 * aheadMax) return
    for (const old of this.#seen) if (old <= this.#highest - aheadMax) this.#seen.delete(old)
  }
}
