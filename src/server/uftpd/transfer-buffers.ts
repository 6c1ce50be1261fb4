/**
 * The two buffers of a session's RETR: one is being filled while the other is being sent. Kept from
 * one transfer to the next, because fresh pages cost more than the copy into them.
 */
export class TransferBuffers {
  readonly #buffers: [Buffer, Buffer] = [Buffer.alloc(0), Buffer.alloc(0)]

  /** At least `size` bytes; the same buffer as long as it is large enough. */
  take(turn: 0 | 1, size: number): Buffer {
    if (this.#buffers[turn].length < size) this.#buffers[turn] = Buffer.allocUnsafeSlow(size)
    return this.#buffers[turn]
  }
}
