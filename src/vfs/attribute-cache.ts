/**
 * What is believed of each inode, and for how long.
 *
 * An answer of the far side may be older than an own change that was confirmed in the meantime: it
 * would bring back an old size or a removed name. So every own change is stamped at its beginning
 * and end on one counter, and an answer counts only if nothing of that inode changed since the
 * question was asked (the kernel does the same with `attr_version`).
 */

import type { Clock } from '../support/clock.ts'
import { ErrnoError } from '../support/errno-error.ts'
import type { RemoteAttributes } from './attributes.ts'
import type { Inode } from './inode.ts'
import type { InodeTable } from './inode-table.ts'
import type { Remote } from './remote.ts'
import type { TransferGate } from './transfer-gate.ts'

/** A moment on the change counter, taken before asking the far side. */
export type ChangeStamp = number

export interface AttributeCacheContext {
  readonly table: InodeTable
  readonly remote: Remote
  readonly clock: Clock
  readonly gate: TransferGate
  readonly timeoutMs: number
  /** The content changed behind our back: cached bytes are void. */
  readonly onContentChange: (inode: Inode) => void
  /** What is believed of the inode is not what listings told any more. */
  readonly onOwnChange: (inode: Inode) => void
}

export class AttributeCache {
  readonly #context: AttributeCacheContext
  readonly #refreshing = new Map<Inode, Promise<void>>()
  #counter = 0

  constructor(context: AttributeCacheContext) {
    this.#context = context
  }

  stamp(): ChangeStamp {
    return this.#counter
  }

  /** Runs an own change of these inodes; answers asked for meanwhile will not be believed. */
  async change<T>(inodes: readonly Inode[], body: () => Promise<T>): Promise<T> {
    for (const inode of inodes) {
      inode.changing += 1
      inode.changedAt = ++this.#counter
    }
    try {
      return await body()
    } finally {
      for (const inode of inodes) {
        inode.changing -= 1
        inode.changedAt = ++this.#counter
      }
    }
  }

  /** True if nothing of the inode has changed by us since `stamp`. */
  isUnchangedSince(inode: Inode, stamp: ChangeStamp): boolean {
    return inode.changing === 0 && inode.changedAt <= stamp
  }

  /** Believes an answer to a question that was asked at `stamp`, unless it may be out of date. */
  adopt(inode: Inode, attributes: RemoteAttributes, stamp: ChangeStamp, askedAtMs: number): void {
    if (!this.isUnchangedSince(inode, stamp) || inode.remoteAtMs > askedAtMs) return
    const changed = !isSameContent(inode.remote, attributes)
    inode.remote = attributes
    inode.remoteAtMs = askedAtMs
    if (changed && inode.type === 'file') this.#startVersion(inode)
  }

  /** The result of an own change: believed as of now, and no change of content to anybody else. */
  adoptOwn(inode: Inode, state: Partial<RemoteAttributes>): void {
    this.amend(inode, state)
    inode.remoteAtMs = this.#context.clock.monotonicMs()
  }

  /** An own change of some attributes; the others are as old as they were. */
  amend(inode: Inode, state: Partial<RemoteAttributes>): void {
    inode.remote = { ...inode.remote, ...state }
    this.#context.onOwnChange(inode)
  }

  /** What the kernel holds of the content is not what the far side has. */
  contentLost(inode: Inode): void {
    this.expire(inode)
    this.#startVersion(inode)
  }

  /** What the kernel holds of size and content is not what we have. */
  kernelIsOutdated(inode: Inode): void {
    this.#context.onContentChange(inode)
  }

  /** The next use asks the far side again. */
  expire(inode: Inode): void {
    inode.remoteAtMs = -Infinity
    this.#context.onOwnChange(inode)
  }

  /** For how many milliseconds the attributes may still be believed; 0: ask. */
  remainingMs(inode: Inode): number {
    // While bytes are unconfirmed the local view is the truth.
    if (inode.localSize !== undefined) return this.#context.timeoutMs
    const age = this.#context.clock.monotonicMs() - inode.remoteAtMs
    return Math.max(0, this.#context.timeoutMs - age)
  }

  /** Asks the far side unless the attributes are fresh. Concurrent callers share one question. */
  async refresh(inode: Inode, signal?: AbortSignal): Promise<void> {
    if (this.remainingMs(inode) > 0) return
    const running = this.#refreshing.get(inode)
    if (running) {
      // The other caller's interrupt must not become ours: ask again ourselves if it failed.
      await running.catch(() => this.#ask(inode, signal))
      return
    }
    const asking = this.#ask(inode, signal).finally(() => this.#refreshing.delete(inode))
    this.#refreshing.set(inode, asking)
    await asking
  }

  /** Pages of the old version are never found again, here or in the kernel. */
  #startVersion(inode: Inode): void {
    inode.version += 1
    this.#context.onContentChange(inode)
  }

  async #ask(inode: Inode, signal: AbortSignal | undefined): Promise<void> {
    const { table, remote, clock, gate } = this.#context
    const stamp = this.stamp()
    const askedAtMs = clock.monotonicMs()
    const path = table.path(inode)
    const attributes = await remote.stat(path, signal).catch(async (error: unknown) => {
      // A rename above may have overtaken the question.
      const hasMoved = (await gate.passable(inode)) || table.path(inode) !== path
      if (!hasMoved) throw error
      return remote.stat(table.path(inode), signal)
    })
    if (attributes.type !== inode.type) {
      // Replaced by something else: another inode, which the next lookup finds.
      if (inode !== table.root) table.detach(inode)
      throw new ErrnoError('ESTALE', path)
    }
    this.adopt(inode, attributes, stamp, askedAtMs)
  }
}

/** As far as attributes tell: a file that replaced another may have its size and time. */
function isSameContent(before: RemoteAttributes, after: RemoteAttributes): boolean {
  const isSameFile =
    before.birthTimeNs === undefined ||
    after.birthTimeNs === undefined ||
    before.birthTimeNs === after.birthTimeNs
  return isSameFile && before.size === after.size && before.mtimeNs === after.mtimeNs
}
