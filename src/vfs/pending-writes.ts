/**
 * What one file still has on its way to the far side: bytes, and attributes that follow the last of
 * these.
 */

import type { ByteRange } from '../support/byte-range.ts'
import { deferred, type Deferred } from '../support/deferred.ts'
import { SharedLock } from '../support/shared-lock.ts'
import type { ContentMemory } from './content-memory.ts'
import type { DirtyBudget } from './dirty-budget.ts'
import { DirtyRanges, type DirtyPiece, type DirtyRun } from './dirty-ranges.ts'
import type { Inode } from './inode.ts'
import type { WrittenState } from './remote.ts'

/** Runs as long as this are sent without waiting for a flush. */
const writeBehindBytes = 8 * 2 ** 20

/** Longest run sent in one go: long enough to keep the link busy, short enough to bound memory. */
const runMaxBytes = 16 * 2 ** 20

/**
 * Runs of one file under way at a time: a link with a long round trip is filled by several. Each waits
 * a round trip for its confirmation, and a connection brings about 4 MiB in one.
 */
const lanesMax = 6

/** Scattered small runs cost more memory than their bytes: this many of a file are sent at once. */
const runsMax = 1000

/** How what is pending goes to the far side. Rejects never. */
export interface PendingSender {
  send(run: DirtyRun): Promise<void>
  /** The last run, if one is left, and the attributes. None are deferred then but newer ones. */
  finish(run: DirtyRun | undefined): Promise<void>
}

export class PendingWrites {
  readonly #inode: Inode
  readonly #budget: DirtyBudget
  readonly #onDrained: (drained: PendingWrites) => void
  readonly #dirty: DirtyRanges
  /** The runs under way, none of which meets another; still visible to readers. */
  readonly #sending = new Set<DirtyRun>()
  /** Runs share it; whatever else changes the content there has it alone. */
  readonly #lock = new SharedLock()
  /** What the far side has told of the file since runs are sent. */
  #told: WrittenState | undefined
  /** The least length of runs that the lanes under way take. */
  #leastBytes = writeBehindBytes
  #lanes = 0
  #drained: Deferred<void> = deferred()
  /** Truncations and copies there, waiting or under way. */
  changing = 0
  /** Callers of flush that wait: no further writes are accepted meanwhile, or they might for ever. */
  flushing = 0

  /** `onDrained`: called at once when no lane is under way any more. */
  constructor(
    inode: Inode,
    memory: ContentMemory,
    budget: DirtyBudget,
    onDrained: (drained: PendingWrites) => void,
  ) {
    this.#inode = inode
    this.#dirty = new DirtyRanges(memory)
    this.#budget = budget
    this.#onDrained = onDrained
  }

  get isFull(): boolean {
    return this.flushing > 0 || this.#dirty.runCount > 2 * runsMax
  }

  get isIdle(): boolean {
    return this.#lanes === 0 && this.changing === 0 && !this.isUnfinished
  }

  /** Whether something is going to be sent, or on its way, that attributes can follow. */
  get isUnfinished(): boolean {
    const hasBytes = this.#dirty.bytes > 0 || this.#sending.size > 0
    return hasBytes || this.#inode.deferred !== undefined
  }

  /** Returns the least length of runs that are worth sending now; undefined while none is. */
  write(offset: number, data: Uint8Array): number | undefined {
    const before = this.#dirty.bytes
    const runBytes = this.#dirty.write(offset, data)
    this.#budget.take(this.#dirty.bytes - before)
    if (this.#dirty.runCount > runsMax) return 1
    return runBytes >= writeBehindBytes ? writeBehindBytes : undefined
  }

  /** Drops what lies beyond `size`; returns how many bytes that were. */
  truncate(size: number): number {
    const before = this.#dirty.bytes
    this.#dirty.truncate(size)
    const dropped = before - this.#dirty.bytes
    this.#budget.free(dropped)
    return dropped
  }

  /**
   * Has everything sent that is in runs of at least `leastBytes`, several at a time; if that is all,
   * the attributes, too. Resolves when nothing is under way any more.
   */
  async drain(leastBytes: number, sender: PendingSender): Promise<void> {
    this.#leastBytes = Math.min(this.#leastBytes, leastBytes)
    if (this.#lanes < lanesMax) void this.#lane(sender)
    await this.#drained.promise
  }

  /** Sends one run after the other, and has others sent beside it. */
  async #lane(sender: PendingSender): Promise<void> {
    this.#lanes += 1
    while (await this.#step(sender));
    this.#lanes -= 1
    if (this.#lanes > 0) return
    this.#leastBytes = writeBehindBytes
    const drained = this.#drained
    this.#drained = deferred()
    // Before those who wait go on: they would take what is empty for busy, each because of the others.
    this.#onDrained(this)
    drained.resolve()
  }

  #step(sender: PendingSender): Promise<boolean> {
    if (this.#isAtEnd) return this.#lock.alone(() => this.#finish(sender))
    return this.#lock.shared(() => this.#sendNext(sender))
  }

  /** Attributes are due, and what comes before them goes in one run. */
  get #isAtEnd(): boolean {
    const { bytes, runCount } = this.#dirty
    const isOneRun = runCount <= 1 && bytes <= runMaxBytes
    const isAll = isOneRun && this.#sending.size === 0 && this.#leastBytes === 1
    return isAll && this.#inode.deferred !== undefined
  }

  /** Alone: a run beside the attributes could come after them, or meet a mode that forbids it. */
  async #finish(sender: PendingSender): Promise<boolean> {
    if (!this.#isAtEnd) return true
    const run = this.#dirty.take(1, runMaxBytes)
    this.#told = undefined
    await (run ? this.#underWay(run, () => sender.finish(run)) : sender.finish(undefined))
    return true
  }

  async #sendNext(sender: PendingSender): Promise<boolean> {
    const run = this.#dirty.take(this.#leastBytes, runMaxBytes, this.#sending)
    if (!run) return false
    await this.#underWay(run, () => {
      if (this.#lanes < lanesMax && this.#dirty.hasRun(this.#leastBytes)) void this.#lane(sender)
      return sender.send(run)
    })
    return true
  }

  /** Readers see the run, and others keep away from its bytes, until the far side has it. */
  async #underWay(run: DirtyRun, send: () => Promise<void>): Promise<void> {
    this.#sending.add(run)
    await send()
    this.#sending.delete(run)
    this.#dirty.free(run)
    this.#budget.free(run.length)
  }

  /** Runs a change of the content there that is no run, while none is under way. */
  changeAlone<T>(change: () => Promise<T>): Promise<T> {
    return this.#lock.alone(() => {
      this.#told = undefined
      return change()
    })
  }

  /** Answers to runs that were under way together may come in any order: the last state of all. */
  latest({ size, mtimeNs }: WrittenState): WrittenState {
    const before = this.#told ?? { size, mtimeNs }
    this.#told = {
      size: Math.max(size, before.size),
      mtimeNs: mtimeNs > before.mtimeNs ? mtimeNs : before.mtimeNs,
    }
    return this.#told
  }

  /**
   * Pending bytes of a range in the order in which they apply: later pieces win. They may be others
   * as soon as something is awaited.
   */
  overlay(range: ByteRange): readonly DirtyPiece[] {
    const sending = [...this.#sending].flatMap((run) => piecesOf(run, range))
    return [...sending, ...this.#dirty.pieces(range)]
  }
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
