/** Open files: open, read, write, flush, release. */

import { detachable } from '../support/abortable.ts'
import { ErrnoError, isErrno } from '../support/errno-error.ts'
import type { AttributeCache } from './attribute-cache.ts'
import type { FileContent } from './file-content.ts'
import { FileHandle } from './file-handle.ts'
import type { OpenedFile, OpenFlags, Reader } from './filesystem.ts'
import { HandleTable } from './handle-table.ts'
import type { HiddenFiles } from './hidden-files.ts'
import type { Inode } from './inode.ts'
import type { InodeTable } from './inode-table.ts'
import type { ReadTuning } from './read-tuning.ts'
import type { Remote } from './remote.ts'
import type { TransferGate } from './transfer-gate.ts'
import type { WriteBack } from './write-back.ts'

export interface OpenFilesContext {
  readonly table: InodeTable
  readonly remote: Remote
  readonly attributes: AttributeCache
  readonly hidden: HiddenFiles
  readonly writeBack: WriteBack
  readonly content: FileContent
  readonly gate: TransferGate
  readonly tuning: () => ReadTuning
}

export class OpenFiles {
  readonly #context: OpenFilesContext
  readonly #handles = new HandleTable<FileHandle>()

  constructor(context: OpenFilesContext) {
    this.#context = context
  }

  /** Close-to-open consistency: the attributes are asked for unless they are fresh. */
  async open(inode: Inode, flags: OpenFlags, signal?: AbortSignal): Promise<OpenedFile> {
    if (inode.type === 'directory') throw new ErrnoError('EISDIR', `open "${inode.name}"`)
    if (inode.type === 'symlink') throw new ErrnoError('ELOOP', `open "${inode.name}"`)
    // A FIFO or device of the server would block or be read there, not here.
    if (inode.type !== 'file') throw new ErrnoError('ENXIO', `open "${inode.name}"`)
    const { attributes, writeBack, gate } = this.#context
    // Held from here on, so that an unlink meanwhile keeps the file.
    inode.openCount += 1
    try {
      // A removal under way has not seen this open.
      await gate.passable(inode)
      if (inode.detached) throw new ErrnoError('ESTALE', `open "${inode.name}"`)
      // What we may do is known when the far side has the mode.
      if (inode.deferred) await writeBack.flush(inode, signal)
      if (inode.remote.access === undefined) attributes.expire(inode)
      const { version } = inode
      await attributes.refresh(inode, signal)
      if (inode.version !== version) await attributes.sizeFound(inode)
      checkAccess(inode, flags)
      if (flags.truncate) await detachable(writeBack.truncate(inode, 0), signal)
    } catch (error) {
      await this.#closed(inode)
      if (!isErrno(error, 'ENOENT')) throw error
      // The name is looked up again by the kernel.
      throw new ErrnoError('ESTALE', `open "${inode.name}"`, { cause: error })
    }
    return this.#add(inode, flags)
  }

  /** Opens a file that was made just now. */
  openCreated(inode: Inode, flags: OpenFlags): OpenedFile {
    inode.openCount += 1
    return this.#add(inode, flags, true)
  }

  /** EBADF if it is not open. */
  get(fh: number): FileHandle {
    return this.#handles.get(fh)
  }

  async read(
    fh: number,
    offset: number,
    size: number,
    reader: Reader = {},
  ): Promise<readonly Uint8Array[]> {
    const handle = this.#handles.get(fh)
    handle.assertReadable()
    const { content, tuning } = this.#context
    const range = { start: offset, end: offset + size }
    return content.read(handle, range, handle.planRead(range, tuning().window), reader)
  }

  async write(
    fh: number,
    offset: number,
    data: Uint8Array,
    fromMapping: boolean,
    signal?: AbortSignal,
  ): Promise<number> {
    const handle = this.#handles.get(fh)
    handle.assertWritable()
    handle.throwWriteError()
    const { inode, flags } = handle
    const { attributes, writeBack } = this.#context
    const append = flags.append && !fromMapping
    // Others may have appended since the kernel looked.
    if (append && !inode.detached) await attributes.refresh(inode, signal)
    const position = append ? inode.size : offset
    await writeBack.write(inode, position, data, signal)
    // The kernel has put the bytes where it thought the end was.
    if (position !== offset) attributes.kernelIsOutdated(inode)
    return data.length
  }

  /** Waits until what was written is confirmed; tells the handle's pending error. */
  async flush(fh: number, signal?: AbortSignal): Promise<void> {
    const handle = this.#handles.get(fh)
    if (!handle.canWrite) return
    await this.#context.writeBack.flush(handle.inode, signal)
    handle.throwWriteError()
  }

  /** As flush, and what is there is on its storage, where the far side can tell. */
  async sync(fh: number, signal?: AbortSignal): Promise<void> {
    const { table, remote, gate } = this.#context
    await this.flush(fh, signal)
    const { inode } = this.#handles.get(fh)
    if (!remote.capabilities.has('sync') || inode.detached) return
    await gate.transfer(inode, () => remote.sync(table.path(inode), signal))
  }

  async release(fh: number): Promise<void> {
    const handle = this.#handles.remove(fh)
    if (handle.canWrite) {
      // Pages of a shared mapping arrive after the last close.
      await this.#context.writeBack.flush(handle.inode)
      this.#context.writeBack.errors.remove(handle.inode, handle)
      // Of own writes the kernel knows.
      handle.inode.kernelSize = handle.inode.size
    }
    handle.letGo()
    await this.#closed(handle.inode)
  }

  #add(inode: Inode, flags: OpenFlags, hasCreated = false): OpenedFile {
    const handle = new FileHandle(inode, flags, hasCreated)
    const fh = this.#handles.add(handle)
    if (handle.canWrite) this.#context.writeBack.errors.add(inode, handle)
    const keepCache = inode.kernelVersion === inode.version
    inode.kernelVersion = inode.version
    // Otherwise the kernel drops what it has now, but for what other programs get meanwhile.
    if (!keepCache && inode.holderCount === 0) inode.kernelHasBytes = false
    // A program may get bytes that the kernel has without our knowing.
    if (handle.canWrite || inode.kernelHasBytes) handle.hold()
    return { fh, keepCache }
  }

  async #closed(inode: Inode): Promise<void> {
    inode.openCount -= 1
    await this.#context.hidden.released(inode)
    this.#context.table.release(inode)
  }
}

/** Refused here rather than at the first write-back, when the program may no longer look. */
function checkAccess(inode: Inode, flags: OpenFlags): void {
  const { access } = inode.remote
  if (access === undefined) return
  const needed = { read: 4, write: 2, 'read-write': 6 }[flags.access] | (flags.truncate ? 2 : 0)
  if ((access & needed) !== needed) throw new ErrnoError('EACCES', `open "${inode.name}"`)
}
