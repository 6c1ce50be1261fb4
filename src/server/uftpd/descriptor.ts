import { constants, type BigIntStats } from 'node:fs'
import { isErrno } from '../../support/errno-error.ts'
import * as calls from './file-calls.ts'
import type { Opened } from './jail.ts'
import type { QuickCalls } from './quick-calls.ts'

/** What is open until it is disposed of. */
export class Descriptor implements Opened, AsyncDisposable {
  readonly fd: number
  readonly calls: QuickCalls

  private constructor(fd: number, quick: QuickCalls) {
    this.fd = fd
    this.calls = quick
  }

  static async open(
    quick: QuickCalls,
    path: string | Buffer,
    flags: number,
    mode?: number,
  ): Promise<Descriptor> {
    return new Descriptor(await quick.make(calls.open, path, flags, mode), quick)
  }

  /** Opens a regular file or a directory that exists. */
  static async ofContent(quick: QuickCalls, path: string, flags: number): Promise<Descriptor> {
    if (quick.trusted) {
      try {
        const fd = quick.makeHere(calls.open, path, flags | constants.O_NONBLOCK)
        return new Descriptor(fd, quick)
      } catch (error) {
        // Somebody has a lease on it (fcntl(2)), and may take 45 s to give it back.
        if (!isErrno(error, 'EAGAIN')) throw error
      }
    }
    return new Descriptor(await calls.open.inThread(path, flags), quick)
  }

  get path(): string {
    return `/proc/self/fd/${this.fd}`
  }

  status(): Promise<BigIntStats> {
    return this.calls.make(calls.fstat, this.fd)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.calls.make(calls.close, this.fd)
  }
}
