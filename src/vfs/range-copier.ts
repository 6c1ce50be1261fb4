import { detachable } from '../support/abortable.ts'
import { ErrnoError } from '../support/errno-error.ts'
import type { FileContent } from './file-content.ts'
import type { FileHandle } from './file-handle.ts'
import type { Reader } from './filesystem.ts'
import type { InodeTable } from './inode-table.ts'
import type { ReadTuning } from './read-tuning.ts'
import type { Remote } from './remote.ts'
import type { TransferGate } from './transfer-gate.ts'
import type { WriteBack } from './write-back.ts'

export interface RangeCopierContext {
  readonly table: InodeTable
  readonly remote: Remote
  readonly gate: TransferGate
  readonly content: FileContent
  readonly writeBack: WriteBack
  readonly tuning: () => ReadTuning
}

/** A place in an open file. */
export interface HandlePosition {
  readonly handle: FileHandle
  readonly offset: number
}

/** Copied in one call at most: the kernel keeps the target locked for so long. */
const callMaxBytes = 8 * 2 ** 20
/** As far as the far side copies itself, which moves no bytes through us. */
const callThereMaxBytes = 64 * 2 ** 20
/** Read in one go, as the kernel would for a program. */
const stepBytes = 2 ** 20

/**
 * copy_file_range(2). The far side copies itself where it can. Elsewhere: from the reader of one
 * file to the pending writes of another, without a way through the kernel. Source and target keep
 * their ordinary rules: own unconfirmed bytes are read, reading runs ahead, writing waits while too
 * much is pending.
 */
export class RangeCopier {
  readonly #context: RangeCopierContext

  constructor(context: RangeCopierContext) {
    this.#context = context
  }

  /** Resolves with the bytes copied: 0 only at the end of the source. */
  async copy(
    from: HandlePosition,
    to: HandlePosition,
    length: number,
    signal?: AbortSignal,
  ): Promise<number> {
    from.handle.assertReadable()
    to.handle.assertWritable()
    if (to.handle.flags.append) throw new ErrnoError('EBADF', 'a copy into a file that appends')
    const wanted = Math.min(length, from.handle.inode.size - from.offset)
    const isSameFile = from.handle.inode === to.handle.inode
    if (isSameFile && Math.abs(from.offset - to.offset) < wanted) {
      throw new ErrnoError('EINVAL', `a copy of overlapping ranges of "${to.handle.inode.name}"`)
    }
    to.handle.throwWriteError()
    if (wanted > 0 && this.#context.remote.capabilities.has('copies')) {
      const copied = await this.#copyThere(from, to, Math.min(wanted, callThereMaxBytes), signal)
      if (copied !== undefined) return copied
    }
    const releases: (() => void)[] = []
    const reader: Reader = { signal, onAnswered: (release) => releases.push(release) }
    let copied = 0
    try {
      while (copied < Math.min(wanted, callMaxBytes)) {
        const bytes = Math.min(stepBytes, wanted - copied, callMaxBytes - copied)
        const before = copied
        for (const release of releases.splice(0)) release()
        for (const piece of await this.#read(from.handle, from.offset + copied, bytes, reader)) {
          await this.#context.writeBack.write(to.handle.inode, to.offset + copied, piece, signal)
          copied += piece.length
        }
        if (copied === before) break // it has become shorter
      }
    } catch (error) {
      // As every partial write: what is done counts, the next call meets the trouble again.
      if (copied === 0) throw error
    } finally {
      for (const release of releases) release()
    }
    return copied
  }

  /** Undefined: not all that programs see of the source is there. */
  async #copyThere(
    from: HandlePosition,
    to: HandlePosition,
    length: number,
    signal: AbortSignal | undefined,
  ): Promise<number | undefined> {
    const { table, remote, gate, writeBack } = this.#context
    const [source, target] = [from.handle.inode, to.handle.inode]
    const range = { start: from.offset, end: from.offset + length }
    await writeBack.flush(source, signal)
    await writeBack.flush(target, signal)
    to.handle.throwWriteError()
    if (writeBack.isPending(source, range)) return undefined
    from.handle.hold()
    let copied = 0
    const copying = writeBack.writeThere(target, async () => {
      copied = await gate.transferBetween([source, target], () =>
        remote.copy(table.path(source), range, table.path(target), to.offset),
      )
      return { start: to.offset, end: copied > 0 ? to.offset + copied : 0 }
    })
    await detachable(copying, signal)
    return copied
  }

  #read(
    handle: FileHandle,
    offset: number,
    bytes: number,
    reader: Reader,
  ): Promise<readonly Uint8Array[]> {
    const { content, tuning } = this.#context
    const range = { start: offset, end: offset + bytes }
    return content.read(handle, range, handle.planRead(range, tuning().window), reader)
  }
}
