import type { BigIntStats } from 'node:fs'
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
