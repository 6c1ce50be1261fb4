import type { DirectorySnapshot } from './directory-snapshot.ts'
import type { Inode } from './inode.ts'

/** What a timer of Node can wait. */
export const timerMaxMs = 2 ** 31 - 1

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
    this.#expiry = setTimeout(call, Math.min(ms, timerMaxMs)).unref()
  }

  release(): void {
    clearTimeout(this.#expiry)
  }
}
