/**
 * The content of a file as programs see it: what the far side has, pending writes laid over it, and
 * zeros where a pending write lies beyond the far side's end.
 */

import type { ByteRange } from '../support/byte-range.ts'
import { ErrnoError } from '../support/errno-error.ts'
import type { AttributeCache } from './attribute-cache.ts'
import type { FileHandle, ReadPlan } from './file-handle.ts'
import type { FileReader } from './file-reader.ts'
import type { Reader } from './filesystem.ts'
import type { Inode } from './inode.ts'
import { Overlay } from './overlay.ts'
import type { Fetch } from './page-fetcher.ts'
import { ContentChanged, EndOfFile } from './read-failures.ts'
import type { WriteBack } from './write-back.ts'

/** A file that shrinks or is replaced while we read it is looked at anew this often. */
const attemptsMax = 32

/**
 * A file that others have replaced once may be so again at any time. Up to this length it is fetched
 * in one piece, so that it can be read to its end whatever happens meanwhile.
 */
const onePieceBytes = 16 * 2 ** 20

export class FileContent {
  readonly #reader: FileReader
  readonly #writeBack: WriteBack
  readonly #attributes: AttributeCache

  constructor(reader: FileReader, writeBack: WriteBack, attributes: AttributeCache) {
    this.#reader = reader
    this.#writeBack = writeBack
    this.#attributes = attributes
  }

  /**
   * Pieces of the range in order; they end before it only where the file ends. From then on the
   * handle's program relies on this very file: until then it gets what has replaced it.
   */
  async read(
    handle: FileHandle,
    wanted: ByteRange,
    { until: fetchUntil, slices }: ReadPlan,
    reader: Reader,
  ): Promise<readonly Uint8Array[]> {
    const { inode } = handle
    const versionBefore = inode.version
    for (let attempt = 1; attempt <= attemptsMax; attempt++) {
      const range = { start: wanted.start, end: Math.min(wanted.end, inode.size) }
      if (range.end <= range.start) {
        answeredShort(inode, range.start)
        return []
      }
      const { version, incarnation } = inode
      try {
        // Taken before anything is awaited.
        const overlay = this.#writeBack.overlay(inode, range)
        const fetch = handle.isHolding
          ? { start: range.start, end: fetchUntil }
          : firstFetch(inode, range, fetchUntil)
        const reading = this.#readOver(inode, range, overlay, fetch, reader)
        if (attempt === 1 && handle.isHolding) this.#reader.fetchAhead(inode, slices)
        const pieces = await reading
        if (inode.incarnation !== incarnation) continue
        handle.hold()
        if (range.end < wanted.end) answeredShort(inode, range.end)
        if (inode.version !== versionBefore) await this.#attributes.sizeFound(inode)
        return pieces
      } catch (error) {
        if (error instanceof ContentChanged) continue
        if (!(error instanceof EndOfFile)) throw error
        // The far side's file is shorter than we believed.
        this.#attributes.expire(inode)
        await this.#attributes.refresh(inode, reader.signal)
        if (inode.version === version) {
          throw new ErrnoError('EIO', `read of "${inode.name}" ended before byte ${range.end}`)
        }
      }
    }
    throw new ErrnoError('ESTALE', `"${inode.name}" is changed faster than it can be read`)
  }

  async #readOver(
    inode: Inode,
    range: ByteRange,
    overlay: Overlay | undefined,
    fetch: Fetch,
    reader: Reader,
  ): Promise<readonly Uint8Array[]> {
    if (!overlay && range.end <= inode.remote.size) {
      return this.#reader.read(inode, range, fetch, reader)
    }
    const composed = overlay ?? new Overlay(range, [])
    const base = { start: range.start, end: Math.min(range.end, inode.remote.size) }
    if (base.end > base.start && !composed.isWholeUpTo(base.end)) {
      await this.#readUnder(composed, inode, base, fetch, reader)
    }
    return [composed.bytes]
  }

  async #readUnder(
    overlay: Overlay,
    inode: Inode,
    base: ByteRange,
    fetch: Fetch,
    { signal }: Reader,
  ): Promise<void> {
    let offset = base.start
    const releases: (() => void)[] = []
    const copier: Reader = { signal, onAnswered: (one) => releases.push(one) }
    for (const piece of await this.#reader.read(inode, base, fetch, copier)) {
      overlay.fill(offset, piece)
      offset += piece.length
    }
    for (const release of releases) release()
  }
}

/** The kernel takes an answer that is shorter than its question for the end of the file. */
function answeredShort(inode: Inode, end: number): void {
  inode.kernelSize = Math.min(inode.kernelSize, end)
}

/** What to ask for when a program reads its first bytes of a file. */
function firstFetch(inode: Inode, range: ByteRange, fetchUntil: number): Fetch {
  const { size } = inode.remote
  const inOnePiece = inode.incarnation > 1 && size <= onePieceBytes
  return inOnePiece ? { start: 0, end: size, inOnePiece } : { start: range.start, end: fetchUntil }
}
