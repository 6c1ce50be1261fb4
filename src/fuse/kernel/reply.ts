/** From a handler's answer to the pieces that writev(2) hands to the kernel. */

import { ErrnoError } from '../../support/errno-error.ts'
import type { Frame } from './frame.ts'
import { frameOf } from './frame.ts'
import type { Operation } from './operations.ts'
import { operations } from './operations.ts'
import { outHeader } from './session-structs.ts'

/** Far below IOV_MAX (1024), at which a write is split in two: fatal for a message. */
const maxPieces = 256

const largestStruct = Math.max(
  ...Object.values(operations).map((spec) =>
    'out' in spec && typeof spec.out === 'object' ? spec.out.size : 0,
  ),
)

/**
 * Encodes into memory of its own, used again for the next reply: a reply must be written (or
 * copied) before the next is encoded.
 */
export class ReplyEncoder {
  readonly #scratch: Frame = frameOf(Buffer.alloc(outHeader.size + largestStruct))

  /** `errno` is positive. */
  failure(unique: bigint, errno: number): readonly Uint8Array[] {
    return [this.#head(unique, -errno, 0, 0)]
  }

  /** Throws ErrnoError EIO when the answer does not fit its struct. */
  success(operation: Operation, unique: bigint, answer: unknown): readonly Uint8Array[] {
    const { out } = operation
    if (out === undefined) return [this.#head(unique, 0, 0, 0)]
    if (out === 'bytes') return this.#bytes(unique, answer as readonly Uint8Array[])
    out.encode(this.#scratch.view, outHeader.size, answer as object)
    return [this.#head(unique, 0, out.size, 0)]
  }

  #bytes(unique: bigint, pieces: readonly Uint8Array[]): readonly Uint8Array[] {
    let length = 0
    for (const piece of pieces) length += piece.length
    const head = this.#head(unique, 0, 0, length)
    return pieces.length > maxPieces ? [head, Buffer.concat(pieces)] : [head, ...pieces]
  }

  /** The header, followed by `bodyBytes` that are already in the scratch memory. */
  #head(unique: bigint, error: number, bodyBytes: number, elsewhereBytes: number): Uint8Array {
    const length = outHeader.size + bodyBytes
    outHeader.encode(this.#scratch.view, 0, { len: length + elsewhereBytes, error, unique })
    return this.#scratch.bytes.subarray(0, length)
  }
}

/** A handler gave more bytes than the kernel made room for: sent, it would be refused. */
export function checkReplyBytes(pieces: readonly Uint8Array[], limit: number): void {
  let length = 0
  for (const piece of pieces) length += piece.length
  if (length > limit) throw new ErrnoError('EIO', `${length} bytes in reply to a read of ${limit}`)
}
