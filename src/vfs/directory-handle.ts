import { backgroundTimer } from '../support/background-timer.ts'
import type { DirectorySnapshot } from './directory-snapshot.ts'
import type { Inode } from './inode.ts'

/**
 * An open directory: the names as they were when reading began, so that changes meanwhile neither
 * repeat nor skip entries.
 */
export class DirectoryHandle {
  readonly inode: Inode
  /** What is read through this handle the kernel may keep. */
  readonly fillsKernel: boolean
  /** Undefined until the first read, unless the kernel has read before. */
  snapshot: DirectorySnapshot | undefined
  #expiry: NodeJS.Timeout | undefined

  constructor(inode: Inode, fillsKernel: boolean) {
    this.inode = inode
    this.fillsKernel = fillsKernel
  }

  /** Calls when so much time has passed, unless released by then; one call is pending at most. */
  afterMs(ms: number, call: () => void): void {
    clearTimeout(this.#expiry)
    this.#expiry = backgroundTimer(ms, call)
  }

  release(): void {
    clearTimeout(this.#expiry)
  }
}
