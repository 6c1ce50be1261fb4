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

  #page(index: number): Buffer {
    let page = this.#pages.get(index)
    if (!page) {
      page = Buffer.alloc(pageBytes)
      this.#pages.set(index, page)
    }
    return page
  }
}
