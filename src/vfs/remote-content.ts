/** Changes a file's content at the far side, as a program may that has it open for writing. */

import type { Clock } from '../support/clock.ts'
import { isErrno } from '../support/errno-error.ts'
import { Semaphore } from '../support/semaphore.ts'
import type { AttributeCache } from './attribute-cache.ts'
import type { DirtyRun } from './dirty-ranges.ts'
import type { Inode } from './inode.ts'
import type { InodeTable } from './inode-table.ts'
import type { Remote, WrittenState } from './remote.ts'
import type { TransferGate } from './transfer-gate.ts'
import type { WriteErrors } from './write-errors.ts'

export interface RemoteContentContext {
  readonly table: InodeTable
  readonly remote: Remote
  readonly attributes: AttributeCache
  readonly gate: TransferGate
  readonly clock: Clock
}

export class RemoteContent {
  readonly #context: RemoteContentContext
  readonly #writers: WriteErrors
  /** One after the other: who makes a file writable for the moment also takes it back. */
  readonly #opening = new Semaphore(1)

  /** `writers`: who has which file open for writing. */
  constructor(context: RemoteContentContext, writers: WriteErrors) {
    this.#context = context
    this.#writers = writers
  }

  write(inode: Inode, run: DirtyRun): Promise<WrittenState> {
    const { table, remote } = this.#context
    return this.#transfer(inode, () => remote.write(table.path(inode), run.offset, run.pieces))
  }

  /** Cuts or extends; a file that has the size already gets a new time all the same. */
  truncate(inode: Inode, size: number, sizeBefore: number): Promise<void> {
    return this.#transfer(inode, () => this.#truncate(inode, size, sizeBefore))
  }

  /** A new time for a change that stores no byte. */
  touch(inode: Inode): Promise<void> {
    return this.#transfer(inode, () => this.#touch(this.#context.table.path(inode)))
  }

  /** Has `work`, which passes the gate by itself, change the file there. */
  async change<T>(inode: Inode, work: () => Promise<T>): Promise<T> {
    return this.#context.attributes.change([inode], () => this.#asOpened(inode, work))
  }

  async #transfer<T>(inode: Inode, work: () => Promise<T>): Promise<T> {
    const { attributes, gate } = this.#context
    return attributes.change([inode], () => gate.transfer(inode, () => this.#asOpened(inode, work)))
  }

  /**
   * The far side checks the mode at every write, POSIX only when the file is opened: a file that was
   * made read-only under its writer (git, cp -p, install) is made writable for the moment.
   */
  async #asOpened<T>(inode: Inode, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      const { mode } = inode.remote
      const isReadOnly = mode !== undefined && (mode & 0o200) === 0
      if (!isErrno(error, 'EACCES') || !isReadOnly || !this.#writers.concern(inode)) throw error
      return this.#opening.run(() => this.#whileWritable(inode, mode, work))
    }
  }

  async #whileWritable<T>(inode: Inode, mode: number, work: () => Promise<T>): Promise<T> {
    const { table, remote } = this.#context
    await remote.setMode(table.path(inode), mode | 0o200)
    try {
      return await work()
    } finally {
      // A chmod may have come between.
      await remote.setMode(table.path(inode), inode.remote.mode ?? mode)
    }
  }

  async #truncate(inode: Inode, size: number, sizeBefore: number): Promise<void> {
    const { table, remote } = this.#context
    const path = table.path(inode)
    await remote.truncate(path, size)
    if (size === sizeBefore && !remote.capabilities.has('truncation')) await this.#touch(path)
  }

  async #touch(path: string): Promise<void> {
    const { remote, clock } = this.#context
    const mtimeNs = remote.capabilities.has('change-times') ? 'now' : clock.epochNs()
    try {
      await remote.setTimes(path, { mtimeNs })
    } catch (error) {
      // The far side may keep no times; the content is as asked.
      if (!isErrno(error, 'EOPNOTSUPP')) throw error
    }
  }
}
