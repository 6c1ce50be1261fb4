import { ErrnoError, errnoOf } from '../support/errno-error.ts'
import type { OpenFlags } from './filesystem.ts'
import type { Inode } from './inode.ts'
import { initialReadAhead, type ReadAheadState } from './read-ahead.ts'
import type { WriteErrorListener } from './write-back.ts'

/**
 * An open file: where its reader is, and the write error that it has not been told yet. Such an
 * error is told once, at the next write, fsync or close of this handle.
 */
export class FileHandle implements WriteErrorListener {
  readonly inode: Inode
  readonly flags: OpenFlags
  readAhead: ReadAheadState = initialReadAhead
  #writeError: { readonly error: unknown } | undefined

  constructor(inode: Inode, flags: OpenFlags) {
    this.inode = inode
    this.flags = flags
  }

  get canRead(): boolean {
    return this.flags.access !== 'write'
  }

  get canWrite(): boolean {
    return this.flags.access !== 'read'
  }

  writeFailed(error: unknown): void {
    this.#writeError ??= { error }
  }

  throwWriteError(): void {
    if (!this.#writeError) return
    const { error } = this.#writeError
    this.#writeError = undefined
    throw new ErrnoError(errnoOf(error) ?? 'EIO', `write "${this.inode.name}"`, { cause: error })
  }
}
