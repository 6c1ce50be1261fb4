/**
 * The content of a file as programs see it: what the far side has, pending writes laid over it, and
 * zeros where a pending write lies beyond the far side's end.
 */

import type { ByteRange } from '../support/byte-range.ts'
import { ErrnoError } from '../support/errno-error.ts'
import type { AttributeCache } from './attribute-cache.ts'
import type { DirtyPiece } from './dirty-ranges.ts'
import type { FileReader } from './file-reader.ts'
import type { Inode } from './inode.ts'
import { EndOfFile } from './page.ts'
import type { WriteBack } from './write-back.ts'

/** A file that shrinks while we read it is looked at anew this often. */
const attemptsMax = 4

export class FileContent {
  readonly #reader: FileReader
  readonly #writeBack: WriteBack
  readonly #attributes: AttributeCache

  constructor(reader: FileReader, writeBack: WriteBack, attributes: AttributeCache) {
    this.#reader = reader
    this.#writeBack = writeBack
    this.#attributes = attributes
  }

  /** Pieces of the range in order; they end before it only where the file ends. */
  async read(
    inode: Inode,
    wanted: ByteRange,
    fetchUntil: number,
    signal?: AbortSignal,
  ): Promise<readonly Uint8Array[]> {
    for (let attempt = 1; ; attempt++) {
      const range = { start: wanted.start, end: Math.min(wanted.end, inode.size) }
      if (range.end <= range.start) return []
      try {
        // Taken before anything is awaited: a write that was accepted before this read must show
        // even if it is confirmed, and leaves the overlay, while older bytes are being fetched.
        const overlay = this.#writeBack.overlay(inode, range)
        if (overlay.length === 0 && range.end <= inode.remote.size) {
          return await this.#reader.read(inode, range, fetchUntil, signal)
        }
        return [await this.#compose(inode, range, overlay, fetchUntil, signal)]
      } catch (error) {
        if (!(error instanceof EndOfFile)) throw error
        // The far side's file is shorter than we believed.
        const believed = inode.remote.size
        this.#attributes.expire(inode)
        await this.#attributes.refresh(inode, signal)
        if (attempt === attemptsMax || inode.remote.size === believed) {
          throw new ErrnoError('EIO', `read of "${inode.name}" ended before byte ${range.end}`)
        }
      }
    }
  }

  async #compose(
    inode: Inode,
    range: ByteRange,
    overlay: readonly DirtyPiece[],
    fetchUntil: number,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array> {
    const result = Buffer.alloc(range.end - range.start)
    const base = { start: range.start, end: Math.min(range.end, inode.remote.size) }
    if (base.end > base.start && !covers(overlay, base)) {
      let offset = 0
      for (const piece of await this.#reader.read(inode, base, fetchUntil, signal)) {
        result.set(piece, offset)
        offset += piece.length
      }
    }
    for (const piece of overlay) result.set(piece.bytes, piece.offset - range.start)
    return result
  }
}

/** True if one gapless row of pieces covers the range: the usual case of re-reading own writes. */
function covers(pieces: readonly DirtyPiece[], range: ByteRange): boolean {
  let covered = range.start
  for (const piece of pieces) {
    if (piece.offset <= covered) covered = Math.max(covered, piece.offset + piece.bytes.length)
  }
  return covered >= range.end
}
