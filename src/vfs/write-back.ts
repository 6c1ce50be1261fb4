/**
 * Written bytes on their way to the far side.
 *
 * A write is accepted into the inode's dirty ranges. Long runs are sent at once in the background
 * (write-behind), everything by flush, which close and fsync wait for. Of one inode several runs are
 * under way at a time, but never two with bytes in common, so that overlapping writes arrive in
 * order. A run that the far side refuses is dropped, and the refusal delivered to every handle that
 * is open for writing.
 *
 * Attributes that whoever has made a file sets while bytes of it are pending go with the last run;
 * so a new file costs one round trip when it is closed. They are refused as bytes are.
 *
 * Bounded: when the mount holds `dirtyBytes`, writers wait until some are confirmed.
 */

import { abortable } from '../support/abortable.ts'
import type { ByteRange } from '../support/byte-range.ts'
import type { Logger } from '../support/logger.ts'
import { AttributeDeferral } from './attribute-deferral.ts'
import type { BlockCache } from './block-cache.ts'
import type { ContentMemory } from './content-memory.ts'
import { DirtyBudget } from './dirty-budget.ts'
import type { DirtyPiece, DirtyRun } from './dirty-ranges.ts'
import type { Inode } from './inode.ts'
import { Overlay } from './overlay.ts'
import { PendingWrites } from './pending-writes.ts'
import { RemoteContent, type RemoteContentContext } from './remote-content.ts'
import type { NewAttributes } from './remote.ts'
import { WriteErrors } from './write-errors.ts'

export interface WriteBackContext extends RemoteContentContext {
  readonly cache: BlockCache
  readonly memory: ContentMemory
  readonly log: Logger
  readonly dirtyBytes: number
}

export class WriteBack {
  /** Who is told of refusals: the handles that are open for writing. */
  readonly errors = new WriteErrors()
  readonly #context: WriteBackContext
  readonly #content: RemoteContent
  readonly #deferral: AttributeDeferral
  readonly #budget: DirtyBudget
  readonly #pending = new Map<Inode, PendingWrites>()

  constructor(context: WriteBackContext) {
    this.#context = context
    this.#content = new RemoteContent(context, this.errors)
    this.#deferral = new AttributeDeferral(context, this.#content, this.errors)
    this.#budget = new DirtyBudget(context.dirtyBytes)
  }

  /** Accepts a write; waits while too much is pending. The data is copied. */
  async write(inode: Inode, offset: number, data: Uint8Array, signal?: AbortSignal): Promise<void> {
    await this.#waitForRoom(inode, data.length, signal)
    const leastBytes = this.#pendingOf(inode).write(offset, data)
    this.#deferral.contentChanged(inode)
    inode.localSize = Math.max(inode.size, offset + data.length)
    inode.localMtimeNs = this.#context.clock.epochNs()
    if (leastBytes !== undefined) void this.#drain(inode, leastBytes)
  }

  /**
   * Has attributes follow the bytes that are pending of the file; false: there are none, or the
   * change must not wait. What was deferred before is sent before any change that was not.
   */
  defer(inode: Inode, wanted: NewAttributes): boolean {
    const isPending = !inode.detached && this.#pending.get(inode)?.isUnfinished
    return isPending === true && this.#deferral.take(inode, wanted)
  }

  /** Resolves when everything written before is confirmed or its failure delivered. */
  async flush(inode: Inode, signal?: AbortSignal): Promise<void> {
    for (let pending; (pending = this.#pending.get(inode));) {
      pending.flushing += 1
      try {
        await abortable(this.#drain(inode, 1), signal)
      } finally {
        pending.flushing -= 1
      }
    }
  }

  async flushAll(): Promise<void> {
    await Promise.all([...this.#pending.keys()].map((inode) => this.flush(inode)))
  }

  isPending(inode: Inode, range: ByteRange): boolean {
    return this.#piecesOf(inode, range).length > 0
  }

  /** Lays what is pending of a range over what is going to be read; undefined: nothing is. */
  overlay(inode: Inode, range: ByteRange): Overlay | undefined {
    const pieces = this.#piecesOf(inode, range)
    return pieces.length > 0 ? new Overlay(range, pieces) : undefined
  }

  /** Cuts or extends the file, in order with its pending writes. */
  async truncate(inode: Inode, size: number): Promise<void> {
    const { attributes, cache } = this.#context
    const pending = this.#pendingOf(inode)
    const dropped = pending.truncate(size)
    // From now on programs see the new size; what is written meanwhile extends it.
    const sizeBefore = inode.remote.size
    inode.localSize = size
    inode.remote = { ...inode.remote, size: Math.min(sizeBefore, size) }
    cache.dropAll(inode)
    await this.#changing(inode, pending, async () => {
      try {
        await pending.changeAlone(() => this.#content.truncate(inode, size, sizeBefore))
        attributes.adoptOwn(inode, { size })
      } catch (error) {
        inode.remote = { ...inode.remote, size: sizeBefore }
        inode.localSize = Math.max(inode.size, sizeBefore)
        if (dropped > 0) this.errors.tell(inode, error)
        throw error
      }
    })
  }

  /**
   * Has the far side itself write to the file, in order with pending writes; `work` tells how far.
   */
  async writeThere(inode: Inode, work: () => Promise<ByteRange>): Promise<void> {
    const { attributes, clock } = this.#context
    const pending = this.#pendingOf(inode)
    await this.#changing(inode, pending, async () => {
      const { end } = await pending.changeAlone(() => this.#content.change(inode, work))
      if (inode.localSize !== undefined) inode.localSize = Math.max(inode.localSize, end)
      const size = Math.max(inode.remote.size, end)
      attributes.contentStored(inode, { size, mtimeNs: clock.epochNs() })
    })
  }

  /** Gives the file a new time, for a change that stores no byte. */
  async touch(inode: Inode): Promise<void> {
    await this.flush(inode)
    await this.#content.touch(inode)
    this.#context.attributes.expire(inode)
  }

  /** Forgets what is pending: the file is gone. */
  discard(inode: Inode): void {
    const pending = this.#pending.get(inode)
    if (!pending) return
    pending.truncate(0)
    inode.deferred = undefined
    this.#settle(inode, pending)
  }

  /** Runs a change of content other than a run; nothing that was cached of it is believed then. */
  async #changing(inode: Inode, pending: PendingWrites, work: () => Promise<void>): Promise<void> {
    const { attributes, cache } = this.#context
    pending.changing += 1
    this.#deferral.contentChanged(inode)
    try {
      await work()
    } finally {
      cache.dropAll(inode)
      attributes.expire(inode)
      pending.changing -= 1
      this.#settle(inode, pending)
    }
  }

  async #drain(inode: Inode, leastBytes: number): Promise<void> {
    const pending = this.#pendingOf(inode)
    await pending.drain(leastBytes, {
      send: (run) => this.#send(inode, pending, run),
      finish: (run) => this.#finish(inode, run),
    })
  }

  async #send(inode: Inode, pending: PendingWrites, run: DirtyRun): Promise<void> {
    const { attributes, cache } = this.#context
    try {
      const written = await this.#content.write(inode, run)
      attributes.contentStored(inode, pending.latest(written))
    } catch (error) {
      this.#fail(inode, run, error)
    }
    cache.drop(inode, rangeOf(run))
  }

  /** Sends the last run, if one is left, and the attributes that waited for it. */
  async #finish(inode: Inode, run: DirtyRun | undefined): Promise<void> {
    try {
      await this.#deferral.finish(inode, run)
    } catch (error) {
      if (run) this.#fail(inode, run, error)
    }
    if (run) this.#context.cache.drop(inode, rangeOf(run))
  }

  /**
   * The rest that is pending of the file goes with the refused run: it would most likely fail as
   * well, each run after a time limit of its own, while somebody waits in close(2).
   */
  #fail(inode: Inode, run: DirtyRun, error: unknown): void {
    const { attributes, log } = this.#context
    const rest = this.#pendingOf(inode).truncate(0)
    inode.deferred = undefined
    attributes.contentLost(inode)
    log.error('written data was refused and is lost', {
      file: inode.name,
      offset: run.offset,
      bytes: run.length + rest,
      error,
    })
    this.errors.tell(inode, error)
  }

  /** Nothing pending any more: the far side's view is the truth again. */
  #settle(inode: Inode, pending: PendingWrites): void {
    if (!pending.isIdle || this.#pending.get(inode) !== pending) return
    this.#pending.delete(inode)
    inode.localSize = undefined
    inode.localMtimeNs = undefined
    this.#context.table.release(inode)
  }

  #pendingOf(inode: Inode): PendingWrites {
    const known = this.#pending.get(inode)
    if (known) return known
    const settle = (drained: PendingWrites): void => this.#settle(inode, drained)
    const pending = new PendingWrites(inode, this.#context.memory, this.#budget, settle)
    this.#pending.set(inode, pending)
    return pending
  }

  #piecesOf(inode: Inode, range: ByteRange): readonly DirtyPiece[] {
    return this.#pending.get(inode)?.overlay(range) ?? []
  }

  async #waitForRoom(inode: Inode, bytes: number, signal: AbortSignal | undefined): Promise<void> {
    for (let pending; (pending = this.#pending.get(inode)) && pending.isFull;) {
      await abortable(this.#drain(inode, 1), signal)
    }
    while (!this.#budget.hasRoomFor(bytes)) {
      for (const other of this.#pending.keys()) void this.#drain(other, 1)
      await abortable(this.#budget.freed, signal)
    }
  }
}

function rangeOf({ offset, length }: DirtyRun): ByteRange {
  return { start: offset, end: offset + length }
}
