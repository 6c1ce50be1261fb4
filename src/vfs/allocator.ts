/**
 * fallocate(2) by writing zeros: the far side can neither reserve space nor make holes (why this is
 * still offered: docs/decisions/vfs-allocation.md). Zeros take the way of all writes, so readers,
 * caches and later writes of the same bytes see them in order, and no more of them is held in memory
 * than of other writes.
 */

import type { ByteRange } from '../support/byte-range.ts'
import { ErrnoError } from '../support/errno-error.ts'
import type { AttributeCache } from './attribute-cache.ts'
import type { FileHandle } from './file-handle.ts'
import type { Allocation } from './filesystem.ts'
import type { WriteBack } from './write-back.ts'

export interface AllocatorContext {
  readonly attributes: AttributeCache
  readonly writeBack: WriteBack
}

/** Written in one go; an interrupt ends the work in between. */
const zeros = Buffer.alloc(2 ** 20)

export class Allocator {
  readonly #context: AllocatorContext

  constructor(context: AllocatorContext) {
    this.#context = context
  }

  async allocate(
    handle: FileHandle,
    range: ByteRange,
    allocation: Allocation,
    keepSize: boolean,
    signal?: AbortSignal,
  ): Promise<void> {
    const { attributes, writeBack } = this.#context
    const { inode } = handle
    handle.assertWritable()
    if (range.start < 0 || range.end <= range.start) throw new ErrnoError('EINVAL', 'range')
    if (range.end > Number.MAX_SAFE_INTEGER) throw new ErrnoError('EFBIG', `"${inode.name}"`)
    handle.throwWriteError()
    // Others may have appended since the kernel looked.
    if (!inode.detached) await attributes.refresh(inode, signal)
    const written = rangeOfZeros(range, allocation, keepSize, inode.size)
    try {
      for (let offset = written.start; offset < written.end; offset += zeros.length) {
        const piece = zeros.subarray(0, Math.min(zeros.length, written.end - offset))
        await writeBack.write(inode, offset, piece, signal)
      }
      if (written.end <= written.start && !inode.detached) await writeBack.touch(inode)
      // Space is promised only once the far side has used it.
      if (allocation !== 'punch-hole') await writeBack.flush(inode, signal)
      handle.throwWriteError()
    } catch (error) {
      // The kernel drops its pages and asks for the size only if all went well.
      attributes.kernelIsOutdated(inode)
      throw error
    }
  }
}

/** Bytes that the file has count as stored; holes inside it are the far side's matter. */
function rangeOfZeros(
  { start, end }: ByteRange,
  allocation: Allocation,
  keepSize: boolean,
  size: number,
): ByteRange {
  const inside = { start, end: Math.min(end, size) }
  if (allocation === 'punch-hole') return inside
  if (keepSize && end > size) {
    throw new ErrnoError('EOPNOTSUPP', 'space behind the end of a file cannot be reserved')
  }
  return allocation === 'reserve' ? { start: Math.max(start, size), end } : { start, end }
}
