/** Changes a file's content at the far side, as a program may that has it open for writing. */

import type { Clock } from '../support/clock.ts'
import { isErrno } from '../support/errno-error.ts'
import { Semaphore } from '../support/semaphore.ts'
import type { AttributeCache } from './attribute-cache.ts'
import type { RemoteAttributes } from './attributes.ts'
import type { DirtyRun } from './dirty-ranges.ts'
import type { Inode } from './inode.ts'
import type { InodeTable } from './inode-table.ts'
import type { FinishedState, NewAttributes, Remote, WrittenState } from './remote.ts'
import type { TransferGate } from './transfer-gate.ts'
import type { WriteErrors } from './write-errors.ts'

export interface RemoteContentContext {
  readonly table: InodeTable
  readonly remote: Remote
  readonly attributes: AttributeCache
  readonly gate: TransferGate
  readonly clock: Clock
}

/** `mode`: what a file that is writable for the moment is to be told to have. */
type Work<T> = (mode?: number) => Promise<T>

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

  /** The last run, and the attributes that the file is to have then. */
  writeLast(inode: Inode, run: DirtyRun, wanted: NewAttributes): Promise<FinishedState> {
    const { table, remote } = this.#context
    const { offset, pieces } = run
    const work = (mode = wanted.mode): Promise<FinishedState> =>
      remote.writeLast(table.path(inode), offset, pieces, {
        ...wanted,
        ...(mode !== undefined && { mode }),
      })
    return this.#transfer(inode, work, wanted.mode)
  }

  setAttributes(inode: Inode, wanted: NewAttributes): Promise<RemoteAttributes> {
    const { table, remote, attributes, gate } = this.#context
    return gate.transfer(inode, () =>
      attributes.change([inode], () => remote.setAttributes(table.path(inode), wanted)),
    )
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

  /** `modeAfter`: if the work gives the file a new one. */
  async #transfer<T>(inode: Inode, work: Work<T>, modeAfter?: number): Promise<T> {
    const { attributes, gate } = this.#context
    return attributes.change([inode], () =>
      gate.transfer(inode, () => this.#asOpened(inode, work, modeAfter)),
    )
  }

  /**
   * The far side checks the mode at every write, POSIX only when the file is opened: a file that was
   * made read-only under its writer (git, cp -p, install) is made writable for the moment.
   */
  async #asOpened<T>(inode: Inode, work: Work<T>, modeAfter?: number): Promise<T> {
    try {
      return await work()
    } catch (error) {
      // An attempt that broke may have set the new one.
      const mode = [modeAfter, inode.remote.mode].find(isReadOnly)
      const isOurs = mode !== undefined && this.#writers.concern(inode)
      if (!isErrno(error, 'EACCES') || !isOurs) throw error
      return this.#opening.run(() => this.#whileWritable(inode, mode, work, modeAfter))
    }
  }

  async #whileWritable<T>(
    inode: Inode,
    mode: number,
    work: Work<T>,
    modeAfter: number | undefined,
  ): Promise<T> {
    const { table, remote } = this.#context
    await remote.setAttributes(table.path(inode), { mode: mode | 0o200 })
    const modeBack = (): number => modeAfter ?? inode.remote.mode ?? mode
    try {
      return await work(modeBack())
    } finally {
      // A chmod may have come between.
      await remote.setAttributes(table.path(inode), { mode: modeBack() })
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
      await remote.setAttributes(path, { mtimeNs })
    } catch (error) {
      // The far side may keep no times; the content is as asked.
      if (!isErrno(error, 'EOPNOTSUPP')) throw error
    }
  }
}

function isReadOnly(mode: number | undefined): boolean {
  return mode !== undefined && (mode & 0o200) === 0
}
