/**
 * libfuse renames a file that is removed while it is open to `.fuse_hidden…` in its directory, and
 * removes that with the last close. The file system keeps such files itself, under no name that others
 * see; so the rename becomes a removal, and libfuse's name lives on here alone.
 */

import { posix } from 'node:path'

/** Its node's number and a counter of all such names, 8 hexadecimal digits each. */
const pattern = /^\.fuse_hidden[0-9a-f]{8}([0-9a-f]{8})$/

/** So many names libfuse tries when they are taken. */
const attemptsMax = 10

export class HiddenNames {
  readonly #nodeids = new Map<string, number>()
  #lastCounter = 0

  /**
   * Whether a rename is libfuse's way to keep a removed file, if the file is open. Somebody may give
   * a file such a name; libfuse's own come from the same directory and count up.
   */
  isHiding(from: string, to: string): boolean {
    const counter = Number.parseInt(pattern.exec(posix.basename(to))?.[1] ?? '', 16)
    const isNext = counter > this.#lastCounter && counter <= this.#lastCounter + attemptsMax
    return isNext && posix.dirname(from) === posix.dirname(to)
  }

  /** Takes over one lookup of the nodeid. */
  add(path: string, nodeid: number): void {
    const name = posix.basename(path)
    this.#lastCounter = Number.parseInt(pattern.exec(name)![1]!, 16)
    this.#nodeids.set(name, nodeid)
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

  /** Nobody has the file open any more. Gives the lookups to be forgotten. */
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
}
