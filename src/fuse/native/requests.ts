/**
 * Runs operations for libfuse: each gets exactly one answer, failures as negative errnos. libfuse's
 * high-level interface passes no interrupts on; an operation is told to stop only when the mount ends.
 */

import { setMaxListeners } from 'node:events'
import { ErrnoError } from '../../support/errno-error.ts'
import type { Logger } from '../../support/logger.ts'
import type { Caller } from '../../vfs/filesystem.ts'
import { replyErrno } from '../reply-errno.ts'
import type { Answer, Fuse } from './binding.ts'

/** Who asks, as the binding tells while an operation begins. */
export type Asker = Fuse['context']

export class Requests {
  readonly #log: Logger
  readonly #ended = new AbortController()
  readonly #running = new Set<Promise<void>>()
  #asker: Asker = () => null

  constructor(log: Logger) {
    this.#log = log
    // Every operation that waits listens.
    setMaxListeners(0, this.#ended.signal)
  }

  /** The binding can tell only once it is there. */
  setAsker(asker: Asker): void {
    this.#asker = asker
  }

  /** Whether the write that is beginning brings a page of a shared mapping. */
  isFromMapping(): boolean {
    return this.#asker()?.fileInfo?.writepage ?? false
  }

  /** `work` answers itself when it succeeds. */
  run(operation: string, answer: Answer, work: (caller: Caller) => Promise<void>): void {
    const { uid, gid, pid } = this.#asker() ?? { uid: 0, gid: 0, pid: 0 }
    const caller = { uid, gid, pid, signal: this.#ended.signal }
    const running = this.#complete(operation, answer, () => work(caller)).finally(() =>
      this.#running.delete(running),
    )
    this.#running.add(running)
  }

  /** For operations that answer with one value. */
  answer<T>(operation: string, answer: Answer<[T]>, work: (caller: Caller) => Promise<T>): void {
    this.run(operation, answer, async (caller) => answer(0, await work(caller)))
  }

  /** For operations that answer with a count of bytes. */
  count(operation: string, answer: Answer, work: (caller: Caller) => Promise<number>): void {
    this.run(operation, answer, async (caller) => answer(await work(caller)))
  }

  /** For operations that answer only whether it worked. */
  done(operation: string, answer: Answer, work: (caller: Caller) => Promise<unknown>): void {
    this.run(operation, answer, async (caller) => {
      await work(caller)
      answer(0)
    })
  }

  /** Tells what is under way to stop. */
  interrupt(): void {
    this.#ended.abort(new ErrnoError('ENODEV', 'the file system is unmounted'))
  }

  /** Interrupts what is under way and waits for it. */
  async end(): Promise<void> {
    this.interrupt()
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  async #complete(operation: string, answer: Answer, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      const errno = replyErrno(error, operation, this.#log)
      if (this.#log.enabled('debug')) this.#log.debug(`${operation} errno ${errno}`)
      answer(-errno)
    }
  }
}
