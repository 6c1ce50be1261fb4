/**
 * Ranged reads: one packet of commands, on a data connection that is kept, with what tells which file
 * is read (opened-file.ts).
 *
 * A read is done when its last byte is there; the next transfer may start before the 226 behind it.
 * 226 may overtake the bytes, and stock UFTPD sends it also when the file ended before the range
 * did. If bytes are missing after 226 and none arrive for a moment, EPSV makes the server close the
 * connection behind its last byte, and the end of file tells the true length.
 */

import { setTimeout as delay } from 'node:timers/promises'
import { abortable } from '../support/abortable.ts'
import { rangeLength, type ByteRange } from '../support/byte-range.ts'
import { ErrnoError, isErrno } from '../support/errno-error.ts'
import { queryStatLine } from './attribute-query.ts'
import { ConnectionLost } from './connection-lost.ts'
import type { DataConnection, ReceivingSink } from './data-connection.ts'
import type { OpenedState } from './file-attributes.ts'
import { retrieval } from './opened-file.ts'
import { accepted } from './reply-errno.ts'
import type { Session } from './session.ts'
import type { Command } from './wire/commands.ts'
import type { Reply } from './wire/reply-reader.ts'

/** How long after 226 bytes may keep away before the length is settled by EPSV. */
const overtakenMs = 100

export interface RangeSink extends ReceivingSink {
  /** False: nobody waits for the bytes yet. */
  readonly isAwaited?: boolean
  /** Comes before all bytes of a RETR. */
  begin?(): void
  /** What RETR has opened: told before the read ends, not before all bytes. */
  opened?(file: OpenedState): void
}

/**
 * Resolves with the bytes delivered; less than asked only if the file ends there. After it has
 * settled, also by abort, `sink` is not touched.
 */
export async function readRange(
  session: Session,
  path: string,
  range: ByteRange,
  sink: RangeSink,
  signal?: AbortSignal,
): Promise<number> {
  const release = await session.beginTransfer(path, signal)
  const read = new RangeRead(session, path, rangeLength(range), sink)
  const result = read.run(range)
  result.catch(() => {})
  try {
    return await abortable(result, signal)
  } catch (error) {
    read.cancel()
    throw error
  } finally {
    if (read.isComplete) release()
    else void read.idle().then(release)
  }
}

class RangeRead {
  readonly #session: Session
  readonly #path: string
  readonly #length: number
  readonly #sink: RangeSink
  #received: Promise<number> | undefined
  #answer: Promise<Reply> | undefined
  #data: DataConnection | undefined
  #isCancelled = false
  #isComplete = false

  constructor(session: Session, path: string, length: number, sink: RangeSink) {
    this.#session = session
    this.#path = path
    this.#length = length
    this.#sink = sink
  }

  async run(range: ByteRange): Promise<number> {
    this.#sink.begin?.()
    const { commands, retr, opened } = retrieval(this.#session, this.#path, range)
    const { connection, replies } = this.#session.startTransfer(commands, (data) =>
      this.#receive(data),
    )
    this.#answer = replies.at(-1)!
    const told = this.#tell(opened(replies))
    told.catch(() => {}) // awaited below, unless RETR itself is refused
    const data = await connection
    if (this.#isCancelled) throw new ConnectionLost(`read of ${this.#path} was cancelled`)
    if (!(await this.#arrives(this.#received!, this.#answer))) {
      const answer = await this.#answer
      if (answer.code !== 226) throw await this.#refusal(retr, answer)
      await this.#settle(data, this.#received!)
    }
    await told
    return this.#received!
  }

  async #tell(opened: Promise<OpenedState>): Promise<void> {
    try {
      const state = await opened
      if (!this.#isCancelled) this.#sink.opened?.(state)
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) throw error
      throw new ConnectionLost(`${this.#path} was away for a moment`, { cause: error })
    }
  }

  /** Nobody wants the bytes any more; the server notices when it writes on. */
  cancel(): void {
    this.#isCancelled = true
    this.#data?.destroy()
  }

  /** All bytes are there: the session can take another transfer. */
  get isComplete(): boolean {
    return this.#isComplete
  }

  /** Resolves when it can in any case. */
  async idle(): Promise<void> {
    await this.#answer?.catch(() => {})
  }

  #receive(data: DataConnection): void {
    this.#data = data
    if (this.#isCancelled) data.destroy()
    else this.#received = data.receive(this.#sink, this.#length)
  }

  /** True once all bytes are there, false when the answer comes first. */
  async #arrives(received: Promise<number>, answer: Promise<Reply>): Promise<boolean> {
    const isWhole = received.then(
      (delivered) => delivered === this.#length || answer.then(() => false),
      () => answer.then(() => false),
    )
    this.#isComplete = await Promise.race([isWhole, answer.then(() => false)])
    if (this.#isComplete) this.#dropUnlessConfirmed(answer)
    return this.#isComplete
  }

  /** If the transfer does not end well, the server closes the connection behind the last byte. */
  #dropUnlessConfirmed(answer: Promise<Reply>): void {
    answer
      .then(({ code }) => {
        if (code !== 226) this.#session.dropData()
      })
      .catch(() => {})
  }

  async #settle(data: DataConnection, received: Promise<number>): Promise<void> {
    for (let before = -1; data.isOpen && data.bytesReceived !== before;) {
      before = data.bytesReceived
      await Promise.race([received, delay(overtakenMs, undefined, { ref: false })])
      if (data.isIdle) return
    }
    if (this.#isCancelled) throw new ConnectionLost(`read of ${this.#path} was cancelled`)
    if (data.isOpen) await this.#session.settleData()
  }

  /** RETR says the same for what is missing, unreadable or came back meanwhile. */
  async #refusal(retr: Command, answer: Reply): Promise<unknown> {
    this.#session.dropData()
    try {
      accepted(retr, answer)
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) return error
      const line = await queryStatLine(this.#session, this.#path)
      if (line.directory) return new ErrnoError('EISDIR', `read ${this.#path}`, { cause: error })
      if (!line.readable) return new ErrnoError('EACCES', `read ${this.#path}`, { cause: error })
      return new ConnectionLost(`${this.#path} was away for a moment`, { cause: error })
    }
    return new ErrnoError('EPROTO', `read ${this.#path}`)
  }
}
