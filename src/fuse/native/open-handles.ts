import { ErrnoError } from '../../support/errno-error.ts'
import type { Integer } from './binding.ts'
import { exact } from './requests.ts'

/** fh → nodeid of what is open: libfuse may know no path for it any more. */
export class OpenHandles {
  readonly #nodeids = new Map<number, number>()

  add(fh: number, nodeid: number): void {
    this.#nodeids.set(fh, nodeid)
  }

  nodeid(fd: Integer): number {
    const nodeid = this.#nodeids.get(exact(fd))
    if (nodeid === undefined) throw new ErrnoError('EBADF', `file handle ${fd}`)
    return nodeid
  }

  has(nodeid: number): boolean {
    for (const open of this.#nodeids.values()) if (open === nodeid) return true
    return false
  }

  remove(fd: Integer): void {
    this.#nodeids.delete(exact(fd))
  }
}
