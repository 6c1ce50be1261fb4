/** Bytes of one file: pages of 1 MiB made when written, so that large sparse files cost nothing. */

const pageBytes = 1024 * 1024
const zeros = Buffer.alloc(pageBytes)

export class MemoryFile {
  size = 0
  readonly #pages = new Map<number, Buffer>()

  read(offset: number, length: number): Uint8Array[] {
    const end = Math.min(offset + length, this.size)
    const pieces: Uint8Array[] = []
    for (let at = offset; at < end;) {
      const inPage = at % pageBytes
      const part = Math.min(pageBytes - inPage, end - at)
      const page = this.#pages.get(Math.floor(at / pageBytes)) ?? zeros
      pieces.push(page.subarray(inPage, inPage + part))
      at += part
    }
    return pieces
  }

  write(offset: number, data: Uint8Array): void {
    for (let done = 0; done < data.length;) {
      const at = offset + done
      const inPage = at % pageBytes
      const part = Math.min(pageBytes - inPage, data.length - done)
      this.#page(Math.floor(at / pageBytes)).set(data.subarray(done, done + part), inPage)
      done += part
    }
    this.size = Math.max(this.size, offset + data.length)
  }

  truncate(size: number): void {
    if (size < this.size) {
      const last = Math.floor(size / pageBytes)
      this.#pages.get(last)?.fill(0, size % pageBytes)
      for (const index of this.#pages.keys()) if (index > last) this.#pages.delete(index)
    }
    this.size = size
  }

  /** The range reads as zeros; whole pages become holes again. */
  clear(start: number, end: number): void {
    for (const [index, page] of this.#pages) {
      const pageStart = index * pageBytes
      const from = Math.max(start - pageStart, 0)
      const to = Math.min(end - pageStart, pageBytes)
      if (from === 0 && to === pageBytes) this.#pages.delete(index)
      else if (from < to) page.fill(0, from, to)
    }
  }

  /** Where the next data or the next hole begins, in whole pages. Undefined: there is none. */
  seek(offset: number, whence: 'data' | 'hole'): number | undefined {
    if (offset >= this.size) return undefined
    let index = Math.floor(offset / pageBytes)
    if (whence === 'data') {
      const later = [...this.#pages.keys()].filter((other) => other >= index)
      index = later.reduce((least, other) => Math.min(least, other), Infinity)
    } else {
      while (this.#pages.has(index)) index += 1
    }
    const found = Math.max(offset, index * pageBytes)
    // There is a hole behind the end of every file.
    if (found >= this.size) return whence === 'hole' ? this.size : undefined
    return found
  }

  #page(index: number): Buffer {
    let page = this.#pages.get(index)
    if (!page) {
      page = Buffer.alloc(pageBytes)
      this.#pages.set(index, page)
    }
    return page
  }
}
