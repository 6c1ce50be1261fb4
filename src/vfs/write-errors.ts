/** Who has a file open for writing, and is told when written bytes are refused. */

import type { Inode } from './inode.ts'

export interface WriteErrorListener {
  /** It has made the file, which is its account's then. */
  readonly hasCreated: boolean
  writeFailed(error: unknown): void
}

export class WriteErrors {
  readonly #listeners = new Map<Inode, Set<WriteErrorListener>>()

  add(inode: Inode, listener: WriteErrorListener): void {
    const listeners = this.#listeners.get(inode) ?? new Set()
    this.#listeners.set(inode, listeners.add(listener))
  }

  remove(inode: Inode, listener: WriteErrorListener): void {
    const listeners = this.#listeners.get(inode)
    listeners?.delete(listener)
    if (listeners?.size === 0) this.#listeners.delete(inode)
  }

  /** Is the file open for writing? */
  concern(inode: Inode): boolean {
    return this.#listeners.has(inode)
  }

  /** Is it open for writing still by who has made it? */
  concernCreator(inode: Inode): boolean {
    return [...(this.#listeners.get(inode) ?? [])].some(({ hasCreated }) => hasCreated)
  }

  tell(inode: Inode, error: unknown): void {
    for (const listener of this.#listeners.get(inode) ?? []) listener.writeFailed(error)
  }
}
