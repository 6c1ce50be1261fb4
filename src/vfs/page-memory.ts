/**
 * Memory of pages, used again: pages that are made and thrown away cost a quarter of a sequential
 * read in garbage collections and page faults, and garbage that is not collected yet counts as
 * memory of the mount.
 *
 * It is shared memory, though nobody shares it: that is not counted by the garbage collector, which
 * else goes over the whole heap for every 64 MiB of a cache that fills, and finds nothing to free.
 */

import { pageBytes } from './page.ts'

/** Smaller ones, of small files, are cut to size and left to the garbage collector. */
const keptMinBytes = pageBytes / 2

export class PageMemory {
  readonly #free: Uint8Array[] = []

  take(length: number): Uint8Array {
    if (length < keptMinBytes) return Buffer.allocUnsafeSlow(length)
    const whole = this.#free.pop() ?? Buffer.from(new SharedArrayBuffer(pageBytes))
    return length === pageBytes ? whole : whole.subarray(0, length)
  }

  /** Nobody reads or fills these bytes any more. Keeps no more than `freeBytesMax`. */
  give(bytes: Uint8Array, freeBytesMax: number): void {
    if (bytes.buffer.byteLength !== pageBytes) return
    if (this.freeBytes + pageBytes <= freeBytesMax) this.#free.push(Buffer.from(bytes.buffer))
  }

  get freeBytes(): number {
    return this.#free.length * pageBytes
  }
}
