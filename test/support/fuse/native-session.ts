/**
 * The native backend's operations over a file system in memory, called as the binding would: no mount,
 * no libfuse.
 */

import type { Operations } from '../../../src/fuse/native/binding.ts'
import { OpenHandles } from '../../../src/fuse/native/open-handles.ts'
import { createOperations } from '../../../src/fuse/native/operations.ts'
import { PathResolver } from '../../../src/fuse/native/path-resolver.ts'
import { Requests } from '../../../src/fuse/native/requests.ts'
import { lineLogger } from './line-logger.ts'
import { MemoryFilesystem } from './memory-filesystem.ts'

/** As fuse-napi has them. */
export const times = { UTIME_NOW: 0x3fffffff, UTIME_OMIT: 0x3ffffffe }

export class NativeSession {
  readonly filesystem: MemoryFilesystem
  readonly paths: PathResolver
  readonly requests: Requests
  nowMs = 0
  readonly #operations: Operations

  constructor(filesystem = new MemoryFilesystem()) {
    this.filesystem = filesystem
    this.paths = new PathResolver(filesystem)
    const log = lineLogger(false)
    this.requests = new Requests(log)
    const clock = { monotonicMs: () => this.nowMs, epochNs: () => 0n }
    this.#operations = createOperations(
      {
        filesystem,
        requests: this.requests,
        paths: this.paths,
        handles: new OpenHandles(clock),
        times,
        log,
      },
      () => {},
    )
  }

  /** What the operation answers: its results, or its one result. Rejects with the errno. */
  call<T>(name: keyof Operations, ...args: readonly unknown[]): Promise<T> {
    return new Promise((resolve, reject) => {
      const answer = (result: number, ...results: readonly unknown[]): void => {
        if (result < 0) reject(new Error(`errno ${-result}`))
        else resolve((results.length > 1 ? results : (results[0] ?? result)) as T)
      }
      const operation = this.#operations[name] as (...all: readonly unknown[]) => void
      operation(...args, answer)
    })
  }

  /** What stays referenced when everything is given back. */
  async usageAtEnd() {
    await this.requests.end()
    this.paths.close()
    return this.filesystem.usage()
  }
}
