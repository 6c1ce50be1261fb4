/**
 * Written bytes on their way to the far side.
 *
 * A write is accepted into the inode's dirty ranges. Long runs are sent at once in the background
 * (write-behind), everything by flush, which close and fsync wait for. Of one inode one run is under
 * way at a time, so that overlapping writes arrive in order. A run that the far side refuses is
 * dropped, and the refusal delivered to every handle that is open for writing.
 *
 * Bounded: when the mount holds `dirtyBytes`, writers wait until some are confirmed.
 */

import { abortable } from '../support/abortable.ts'
import type { ByteRange } from '../support/byte-range.ts'
import type { Clock } from '../support/clock.ts'
import { deferred, type Deferred } from '../support/deferred.ts'
import { isErrno } from '../support/errno-error.ts'
import type { Logger } from '../support/logger.ts'
import { Semaphore } from '../support/semaphore.ts'
import type { AttributeCache } from './attribute-cache.ts'
import type { BlockCache } from './block-cache.ts'
import { DirtyRanges, type DirtyPiece, type DirtyRun } from './dirty-ranges.ts'
import type { Inode } from './inode.ts'
import type { InodeTable } from './inode-table.ts'
import type { Remote } from './remote.ts'
import type { TransferGate } from './transfer-gate.ts'

/** Runs as long as this are sent without waiting for a flush. */
const writeBehindBytes = 8 * 2 ** 20
/** Longest run sent in one go: long enough to keep the link busy, short enough to bound memory. */
const runMaxBytes = 16 * 2 ** 20

/** Scattered small runs cost more memory than their bytes: this many of a file are sent at once. */
const runsMax = 1000

/** Who is told that written bytes were refused. */
export interface WriteErrorListener {
  writeFailed(error: unknown): void
}

export interface WriteBackContext {
  readonly table: InodeTable
  readonly remote: Remote
  readonly attributes: AttributeCache
  readonly cache: BlockCache
  readonly gate: TransferGate
  readonly clock: Clock
  readonly log: Logger
  readonly dirtyBytes: number
}

/** What is pending of one inode. */
class PendingWrites {
  readonly dirty = new DirtyRanges()
  /** The run under way; still visible to readers. */
  sending: DirtyRun | undefined
  /** Held while the far side changes the file's content. */
  readonly lock = new Semaphore(1)
  drain: Promise<void> | undefined
  /** The least length of runs that the drain under way takes. */
  leastBytes = writeBehindBytes
  /** Truncations and copies there, waiting or under way. */
  changing = 0
  /** Callers of flush that wait: no further writes are accepted meanwhile, or they might for ever. */
  flushing = 0
}

export class WriteBack {
  readonly #context: WriteBackContext
  readonly #pending = new Map<Inode, PendingWrites>()
  readonly #listeners = new Map<Inode, Set<WriteErrorListener>>()
  /** Bytes accepted but not confirmed, of the whole mount. */
  #heldBytes = 0
  #confirmed: Deferred<void> = deferred()

  constructor(context: WriteBackContext) {
    this.#context = context
  }

  addListener(inode: Inode, listener: WriteErrorListener): void {
    const listeners = this.#listeners.get(inode) ?? new Set()
    this.#listeners.set(inode, listeners.add(listener))
  }

  removeListener(inode: Inode, listener: WriteErrorListener): void {
    const listeners = this.#listeners.get(inode)
    listeners?.delete(listener)
    if (listeners?.size === 0) this.#listeners.delete(inode)
  }

  /** Accepts a write; waits while too much is pending. The data is copied. */
  async write(inode: Inode, offset: number, data: Uint8Array, signal?: AbortSignal): Promise<void> {
    await this.#waitForRoom(inode, data.length, signal)
    const pending = this.#pendingOf(inode)
    let runBytes = 0
    this.#count(pending, () => (runBytes = pending.dirty.write(offset, data)))
    inode.localSize = Math.max(inode.size, offset + data.length)
    inode.localMtimeNs = this.#context.clock.epochNs()
    if (pending.dirty.runCount > runsMax) void this.#startDrain(inode, 1)
    else if (runBytes >= writeBehindBytes) void this.#startDrain(inode, writeBehindBytes)
  }

  /** Resolves when everything written before is confirmed or its failure delivered. */
  async flush(inode: Inode, signal?: AbortSignal): Promise<void> {
    for (let pending; (pending = this.#pending.get(inode));) {
      pending.flushing += 1
      try {
        await abortable(this.#startDrain(inode, 1), signal)
      } finally {
        pending.flushing -= 1
      }
    }
  }

  async flushAll(): Promise<void> {
    await Promise.all([...this.#pending.keys()].map((inode) => this.flush(inode)))
  }

  /** Pending bytes of a range in the order in which they apply: later pieces win. */
  overlay(inode: Inode, range: ByteRange): readonly DirtyPiece[] {
    const pending = this.#pending.get(inode)
    if (!pending) return []
    const sending = pending.sending ? piecesOf(pending.sending, range) : []
    return [...sending, ...pending.dirty.pieces(range)]
  }

  /** Cuts or extends the file, in order with its pending writes. */
  async truncate(inode: Inode, size: number): Promise<void> {
    const { attributes, gate, cache } = this.#context
    const pending = this.#pendingOf(inode)
    pending.changing += 1
    const dropped = this.#count(pending, () => pending.dirty.truncate(size))
    // From now on programs see the new size; what is written meanwhile extends it.
    const sizeBefore = inode.remote.size
    inode.localSize = size
    inode.remote = { ...inode.remote, size: Math.min(sizeBefore, size) }
    cache.dropAll(inode)
    try {
      await pending.lock.run(() =>
        attributes.change([inode], () =>
          gate.transfer(inode, () =>
            this.#asOpened(inode, () => this.#truncateThere(inode, size, sizeBefore)),
          ),
        ),
      )
      attributes.adoptOwn(inode, { size })
    } catch (error) {
      inode.remote = { ...inode.remote, size: sizeBefore }
      inode.localSize = Math.max(inode.size, sizeBefore)
      if (dropped > 0) this.#tell(inode, error)
      throw error
    } finally {
      cache.dropAll(inode)
      attributes.expire(inode)
      pending.changing -= 1
      this.#settle(inode, pending)
    }
  }

  /**
   * Has the far side itself write to the file, in order with pending writes; `work` tells how far.
   */
  async writeThere(inode: Inode, work: () => Promise<ByteRange>): Promise<void> {
    const { attributes, cache, clock } = this.#context
    const pending = this.#pendingOf(inode)
    pending.changing += 1
    try {
      const { end } = await pending.lock.run(() =>
        attributes.change([inode], () => this.#asOpened(inode, work)),
      )
      if (inode.localSize !== undefined) inode.localSize = Math.max(inode.localSize, end)
      const size = Math.max(inode.remote.size, end)
      attributes.contentStored(inode, { size, mtimeNs: clock.epochNs() })
    } finally {
      cache.dropAll(inode)
      attributes.expire(inode)
      pending.changing -= 1
      this.#settle(inode, pending)
    }
  }

  /** A file that has the size already gets a new time as well. */
  async #truncateThere(inode: Inode, size: number, sizeBefore: number): Promise<void> {
    const { table, remote, clock } = this.#context
    const path = table.path(inode)
    await remote.truncate(path, size)
    if (size !== sizeBefore || remote.capabilities.has('truncation')) return
    try {
      await remote.setTimes(path, { mtimeNs: clock.epochNs() })
    } catch (error) {
      // The far side may keep no times; the size is as asked.
      if (!isErrno(error, 'EOPNOTSUPP')) throw error
    }
  }

  /** Forgets what is pending: the file is gone. */
  discard(inode: Inode): void {
    const pending = this.#pending.get(inode)
    if (!pending) return
    this.#count(pending, () => pending.dirty.truncate(0))
    this.#settle(inode, pending)
  }

  #startDrain(inode: Inode, leastBytes: number): Promise<void> {
    const pending = this.#pendingOf(inode)
    pending.leastBytes = Math.min(pending.leastBytes, leastBytes)
    pending.drain ??= this.#drain(inode, pending)
    return pending.drain
  }

  async #drain(inode: Inode, pending: PendingWrites): Promise<void> {
    try {
      for (;;) {
        const release = await pending.lock.acquire()
        try {
          const run = pending.dirty.take(pending.leastBytes, runMaxBytes)
          if (!run) return
          pending.sending = run
          await this.#send(inode, run)
        } finally {
          const sent = pending.sending?.length ?? 0
          pending.sending = undefined
          release()
          this.#free(sent)
        }
      }
    } finally {
      pending.drain = undefined
      pending.leastBytes = writeBehindBytes
      this.#settle(inode, pending)
    }
  }

  async #send(inode: Inode, run: DirtyRun): Promise<void> {
    const { table, remote, attributes, cache, gate } = this.#context
    try {
      const written = await attributes.change([inode], () =>
        gate.transfer(inode, () =>
          this.#asOpened(inode, () => remote.write(table.path(inode), run.offset, run.pieces)),
        ),
      )
      attributes.contentStored(inode, written)
    } catch (error) {
      this.#fail(inode, run, error)
    }
    cache.drop(inode, { start: run.offset, end: run.offset + run.length })
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
      if (!isErrno(error, 'EACCES') || !isReadOnly || !this.#listeners.has(inode)) throw error
      const { table, remote } = this.#context
      await remote.setMode(table.path(inode), mode | 0o200)
      try {
        return await work()
      } finally {
        // A chmod may have come between.
        await remote.setMode(table.path(inode), inode.remote.mode ?? mode)
      }
    }
  }

  /**
   * The rest that is pending of the file goes with the refused run: it would most likely fail as
   * well, each run after a time limit of its own, while somebody waits in close(2).
   */
  #fail(inode: Inode, run: DirtyRun, error: unknown): void {
    const { attributes, log } = this.#context
    const pending = this.#pendingOf(inode)
    const rest = this.#count(pending, () => pending.dirty.truncate(0))
    attributes.contentLost(inode)
    log.error('written data was refused and is lost', {
      file: inode.name,
      offset: run.offset,
      bytes: run.length + rest,
      error,
    })
    this.#tell(inode, error)
  }

  #tell(inode: Inode, error: unknown): void {
    for (const listener of this.#listeners.get(inode) ?? []) listener.writeFailed(error)
  }

  /** Nothing pending any more: the far side's view is the truth again. */
  #settle(inode: Inode, pending: PendingWrites): void {
    const busy = pending.sending || pending.drain || pending.changing > 0
    if (busy || pending.dirty.bytes > 0) return
    this.#pending.delete(inode)
    inode.localSize = undefined
    inode.localMtimeNs = undefined
    this.#context.table.release(inode)
  }

  #pendingOf(inode: Inode): PendingWrites {
    const known = this.#pending.get(inode)
    if (known) return known
    const pending = new PendingWrites()
    this.#pending.set(inode, pending)
    return pending
  }

  async #waitForRoom(inode: Inode, bytes: number, signal: AbortSignal | undefined): Promise<void> {
    for (let pending; (pending = this.#pending.get(inode)) && isFull(pending);) {
      await abortable(this.#startDrain(inode, 1), signal)
    }
    while (this.#heldBytes > 0 && this.#heldBytes + bytes > this.#context.dirtyBytes) {
      for (const other of this.#pending.keys()) void this.#startDrain(other, 1)
      await abortable(this.#confirmed.promise, signal)
    }
  }

  /** Runs a change of the dirty ranges; returns by how many bytes they shrank. */
  #count(pending: PendingWrites, change: () => void): number {
    const before = pending.dirty.bytes
    change()
    const freed = before - pending.dirty.bytes
    this.#free(freed)
    return freed
  }

  #free(bytes: number): void {
    this.#heldBytes -= bytes
    if (bytes <= 0) return
    const confirmed = this.#confirmed
    this.#confirmed = deferred()
    confirmed.resolve()
  }
}

function isFull({ flushing, dirty }: PendingWrites): boolean {
  return flushing > 0 || dirty.runCount > 2 * runsMax
}

function piecesOf(run: DirtyRun, range: ByteRange): DirtyPiece[] {
  const found: DirtyPiece[] = []
  let offset = run.offset
  for (const bytes of run.pieces) {
    const from = Math.max(range.start, offset)
    const to = Math.min(range.end, offset + bytes.length)
    if (from < to) found.push({ offset: from, bytes: bytes.subarray(from - offset, to - offset) })
    offset += bytes.length
  }
  return found
}
