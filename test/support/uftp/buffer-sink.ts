/** Takes what a read delivers, in pieces as awkward as wanted. */
export class BufferSink {
  readonly #bytes: Buffer
  readonly #pieceBytes: number
  #length = 0

  constructor(bytes: number, pieceBytes = 128 * 1024) {
    this.#bytes = Buffer.alloc(bytes)
    this.#pieceBytes = pieceBytes
  }

  space(): Uint8Array {
    const end = Math.min(this.#bytes.length, this.#length + this.#pieceBytes)
    if (end === this.#length) throw new RangeError('more bytes than asked for')
    return this.#bytes.subarray(this.#length, end)
  }

  advance(length: number): void {
    this.#length += length
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }
}
