/**
 * What is believed of each inode, and for how long.
 *
 * An answer of the far side may be older than an own change that was confirmed in the meantime: it
 * would bring back an old size or a removed name. So every own change is stamped at its beginning
 * and end on one counter, and an answer counts only if nothing of that inode changed since the
 * question was asked (the kernel does the same with `attr_version`).
 */

import type { Clock } from '../support/clock.ts'
import { ErrnoError, isErrno } from '../support/errno-error.ts'
import type { RemoteAttributes } from './attributes.ts'
import { isSameContent, isSameFile } from './file-identity.ts'
import type { Inode, Name } from './inode.ts'
import type { InodeTable } from './inode-table.ts'
import type { NewAttributes, Remote, WrittenState } from './remote.ts'
import type { TransferGate } from './transfer-gate.ts'

/** A moment on the change counter, taken before asking the far side. */
export type ChangeStamp = number

/** When the far side was asked, and when it had answered. */
export interface AnswerTime {
  readonly stamp: ChangeStamp
  /** Decides which of two answers is newer. */
  readonly askedAtMs: number
  /** From here on it is believed for its time: a long listing would be void when it is there. */
  readonly toldAtMs: number
}

export interface AttributeCacheContext {
  readonly table: InodeTable
  readonly remote: Remote
  readonly clock: Clock
  readonly gate: TransferGate
  readonly timeoutMs: number
  /** The content changed behind our back: cached bytes are void. */
  readonly onContentChange: (inode: Inode) => void
  /** Programs may now read beyond the size that the kernel believes; resolves when it asks anew. */
  readonly onSizeChange: (inode: Inode) => Promise<void>
  /** The inode was asked about by its name in the directory, and by itself. */
  readonly onAsked: (directory: Inode, tookMs: number) => void
  /** What is believed of the inode is not what listings told any more. */
  readonly onOwnChange: (inode: Inode) => void
  /** A name leads to nothing, or to another file, without our doing. */
  readonly onNameLost: (name: Name) => void
}

/** A question that renames overtake is asked again this often. */
const attemptsMax = 4

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

  /** Notes that the far side is asked now; call the result when it has answered. */
  question(): () => AnswerTime {
    const { clock } = this.#context
    const asked = { stamp: this.#counter, askedAtMs: clock.monotonicMs() }
    return () => ({ ...asked, toldAtMs: clock.monotonicMs() })
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

  /** Believes an answer, unless it may be out of date; true if it is believed. */
  adopt(inode: Inode, attributes: RemoteAttributes, time: AnswerTime): boolean {
    if (!this.#isNews(inode, time)) return false
    const changed = inode.remote !== attributes && !isSameContent(inode.remote, attributes)
    inode.remote = attributes
    inode.remoteAtMs = time.askedAtMs
    inode.believedFromMs = time.toldAtMs
    this.#context.table.identify(inode)
    if (changed && inode.type === 'file') this.#startVersion(inode)
    return true
  }

  /** The result of an own change: believed as of now, and no change of content to anybody else. */
  adoptOwn(inode: Inode, state: Partial<RemoteAttributes>): void {
    this.amend(inode, state)
    inode.remoteAtMs = this.#context.clock.monotonicMs()
    inode.believedFromMs = inode.remoteAtMs
  }

  /** An own change of some attributes; the others are as old as they were. */
  amend(inode: Inode, state: Partial<RemoteAttributes>): void {
    inode.remote = { ...inode.remote, ...state }
    this.#context.table.identify(inode)
    this.#context.onOwnChange(inode)
  }

  /**
   * What was told behind an own change of attributes. Of the content it counts only as far as it was
   * wanted: a write beside the change tells more.
   */
  attributesSet(inode: Inode, wanted: NewAttributes, told: RemoteAttributes): void {
    const { access, mtimeNs, atimeNs, ctimeNs, uid, gid } = told
    this.amend(inode, {
      mode: told.mode ?? wanted.mode ?? inode.remote.mode,
      access,
      ...(wanted.mtimeNs !== undefined && { mtimeNs }),
      ...(atimeNs !== undefined && { atimeNs }),
      ...(ctimeNs !== undefined && { ctimeNs }),
      ...(uid !== undefined && { uid }),
      ...(gid !== undefined && { gid }),
    })
    if (ctimeNs === undefined) inode.ctimeNs = this.#context.clock.epochNs()
  }

  /** An own change after which ctime is new, and told by the far side alone if it tells it. */
  statusChanged(inode: Inode): void {
    const { remote, clock } = this.#context
    if (remote.capabilities.has('change-times')) this.expire(inode)
    else inode.ctimeNs = clock.epochNs()
  }

  /** Own bytes are there: their time is that of the last change, too. */
  contentStored(inode: Inode, { size, mtimeNs }: WrittenState): void {
    const told = this.#context.remote.capabilities.has('change-times')
    this.adoptOwn(inode, { size, mtimeNs, ...(told && { ctimeNs: mtimeNs }) })
  }

  /** What the kernel holds of the content is not what the far side has. */
  contentLost(inode: Inode): void {
    this.expire(inode)
    this.#startVersion(inode)
  }

  /**
   * Before the kernel gets an answer to something else than a question for attributes: it cuts what
   * it reads at the size that it believes. Of a smaller one a short answer tells it, unless its
   * attributes are dropped meanwhile.
   */
  async sizeFound(inode: Inode): Promise<void> {
    if (inode.size > inode.kernelSize) await this.#context.onSizeChange(inode)
  }

  /** What the kernel holds of size and content is not what we have. */
  kernelIsOutdated(inode: Inode): void {
    this.#context.onContentChange(inode)
  }

  /** The next use asks the far side again. */
  expire(inode: Inode): void {
    inode.remoteAtMs = -Infinity
    inode.believedFromMs = -Infinity
    this.#context.onOwnChange(inode)
  }

  /** For how many milliseconds the attributes may still be believed; 0: ask. */
  remainingMs(inode: Inode): number {
    return Math.max(0, this.#context.timeoutMs - this.ageMs(inode))
  }

  /** How long ago it was told what is believed; infinite: what was told is not to be believed. */
  ageMs(inode: Inode): number {
    // While bytes are unconfirmed the local view is the truth.
    if (inode.localSize !== undefined) return 0
    return this.#context.clock.monotonicMs() - inode.believedFromMs
  }

  /** Whether an answer of then may still be believed. */
  isRecent(toldAtMs: number): boolean {
    return this.#context.clock.monotonicMs() - toldAtMs < this.#context.timeoutMs
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

  /**
   * Asks, whatever is believed, whether the inode's name leads to its file still; if not, the inode
   * follows or this is ESTALE. Where the far side does not tell files apart, their contents do.
   */
  async confirm(inode: Inode, signal?: AbortSignal): Promise<void> {
    await this.#ask(inode, signal, inode.remote.fileId !== undefined)
  }

  /** The inode becomes the file that its name leads to now, if nobody relies on the one it was. */
  follow(inode: Inode, attributes: RemoteAttributes, time: AnswerTime): boolean {
    if (!this.#isNews(inode, time)) return false
    if (!this.#context.table.follow(inode, attributes)) return false
    inode.remoteAtMs = time.askedAtMs
    inode.believedFromMs = time.toldAtMs
    inode.atimeNs = undefined
    inode.ctimeNs = undefined
    this.#startVersion(inode)
    return true
  }

  #isNews(inode: Inode, { stamp, askedAtMs }: AnswerTime): boolean {
    return this.isUnchangedSince(inode, stamp) && inode.remoteAtMs <= askedAtMs
  }

  /**
   * Pages of the old version are never found again, here or in the kernel: without a holder those are
   * read by nobody before the next open, which drops them.
   */
  #startVersion(inode: Inode): void {
    inode.version += 1
    if (inode.holderCount > 0) this.#context.onContentChange(inode)
  }

  async #ask(inode: Inode, signal: AbortSignal | undefined, onlyWhichFile = false): Promise<void> {
    const { table, gate } = this.#context
    for (let attempt = 1; ; attempt++) {
      const answered = this.question()
      const name = inode.names[0]
      const path = table.path(inode)
      const { incarnation } = inode
      const { answer, error } = await this.#stat(path, signal)
      const time = answered()
      if (name && !onlyWhichFile) this.#context.onAsked(name.parent, time.toldAtMs - time.askedAtMs)
      if (answer && isSameFile(inode.remote, answer)) {
        if (name) name.seenAtMs = time.toldAtMs
        if (!onlyWhichFile) this.adopt(inode, answer, time)
        return
      }
      // Another question has told more than this one.
      if (inode.incarnation !== incarnation) return
      // A rename above may have overtaken the question.
      const hasMoved = (await gate.passable(inode)) || table.path(inode) !== path
      if (hasMoved && attempt < attemptsMax) continue
      if (!name || (error && !isErrno(error, 'ENOENT'))) {
        throw replaced(path, error)
      }
      if (answer && this.follow(inode, answer, time)) return
      this.#context.onNameLost(name)
      const hasOthers = inode.names.length > 1
      // Replaced by another file: another inode, which the next lookup finds.
      if (answer) table.replaced(inode, name.parent, name.name)
      else if (hasOthers) table.unname(inode, name.parent, name.name)
      if (!hasOthers) throw replaced(path, error)
    }
  }

  async #stat(
    path: string,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly answer?: RemoteAttributes; readonly error?: Error }> {
    try {
      return { answer: await this.#context.remote.stat(path, signal) }
    } catch (error) {
      return { error: error instanceof Error ? error : new Error(String(error)) }
    }
  }
}

/** Why nothing can be told of the file that was here. */
function replaced(path: string, error: Error | undefined): Error {
  return error ?? new ErrnoError('ESTALE', path)
}
