import { ErrnoError } from '../support/errno-error.ts'

/** Open handles of one mount, as a bound against programs that leak descriptors. */
const handlesMax = 1_000_000

/** fh → what is open. Numbers count up and are not reused. */
export class HandleTable<T> {
  readonly #handles = new Map<number, T>()
  #next = 1

  add(handle: T): number {
    if (this.#handles.size >= handlesMax) throw new ErrnoError('ENFILE', 'open')
    const fh = this.#next++
    this.#handles.set(fh, handle)
    return fh
  }

  get(fh: number): T {
    const handle = this.#handles.get(fh)
    if (handle === undefined) throw new ErrnoError('EBADF', `file handle ${fh}`)
    return handle
  }

  /** Takes the handle out. */
  remove(fh: number): T {
    const handle = this.get(fh)
    this.#handles.delete(fh)
    return handle
  }
}
