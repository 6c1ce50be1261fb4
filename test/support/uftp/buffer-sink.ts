import type { ByteSink, OpenedState } from '../../../src/vfs/remote.ts'

/** Takes what a read delivers, in pieces as awkward as wanted. */
export class BufferSink implements ByteSink {
  /** What each attempt has opened. */
  readonly files: (OpenedState | undefined)[] = []
  readonly #bytes: Buffer
  readonly #pieceBytes: number
  #length = 0

  constructor(bytes: number, pieceBytes = 128 * 1024) {
    this.#bytes = Buffer.alloc(bytes)
    this.#pieceBytes = pieceBytes
  }

  begin(): void {
    this.files.push(undefined)
  }

  opened(file: OpenedState): void {
    this.files[this.files.length - 1] = file
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
