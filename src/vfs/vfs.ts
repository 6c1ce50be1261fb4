/**
 * The file system: one method per POSIX verb, which delegates to the part that knows how.
 *
 * There is no `seek`: the far side does not tell where holes are. Without it the kernel answers
 * SEEK_DATA and SEEK_HOLE itself, and rightly: all is data up to the present end, ENXIO behind it.
 *
 * Lock order: an inode's write lock → transfer gate → session lease (inside Remote).
 */

import type { ByteRange } from '../support/byte-range.ts'
import { ErrnoError } from '../support/errno-error.ts'
import type {
  AttributeChanges,
  FilesystemStatistics,
  FileType,
  RemoteAttributes,
} from './attributes.ts'
import type {
  Allocation,
  Caller,
  DirectoryEntry,
  Entry,
  FilePosition,
  Filesystem,
  Invalidation,
  NegativeEntry,
  OpenedDirectory,
  OpenedFile,
  OpenFlags,
  RenameFlags,
  TimedAttributes,
} from './filesystem.ts'
import { joinParts, type Parts, type VfsContext } from './parts.ts'

export class Vfs implements Filesystem, AsyncDisposable {
  readonly #parts: Parts
  #invalidation: Invalidation | undefined

  /** Asks the far side for the root directory. ENOTDIR if it is not one. */
  static async create(context: VfsContext, signal?: AbortSignal): Promise<Vfs> {
    const root = await context.remote.stat('/', signal)
    if (root.type !== 'directory') throw new ErrnoError('ENOTDIR', 'the remote path')
    return new Vfs(context, root)
  }

  private constructor(context: VfsContext, root: RemoteAttributes) {
    this.#parts = joinParts(context, root, {
      invalidateInode: (nodeid) => this.#invalidation?.invalidateInode(nodeid),
      invalidateAttributes: async (nodeid) => this.#invalidation?.invalidateAttributes(nodeid),
      invalidateEntry: (parent, name) => this.#invalidation?.invalidateEntry(parent, name),
    })
  }

  get tellsBirthTimes(): boolean {
    return this.#parts.remote.capabilities.has('birth-times')
  }

  setInvalidation(listener: Invalidation): void {
    this.#invalidation = listener
  }

  async lookup(parent: number, name: string, caller: Caller): Promise<Entry | NegativeEntry> {
    const { table, names, view } = this.#parts
    const directory = table.get(parent)
    const inode = await names.lookup(directory, name, caller.signal)
    if (!inode) return { nodeid: 0, entryTimeoutMs: names.negativeMs(directory, name) }
    return view.entry(inode, names.ageMs(inode, directory, name))
  }

  forget(nodeid: number, nlookup: number): void {
    this.#parts.table.forget(nodeid, nlookup)
  }

  async getAttributes(
    nodeid: number,
    _fh: number | undefined,
    caller: Caller,
  ): Promise<TimedAttributes> {
    const { table, attributes, view } = this.#parts
    const inode = table.get(nodeid)
    try {
      if (!inode.detached) await attributes.refresh(inode, caller.signal)
    } catch (error) {
      // Replaced by others: what is known last is told to those who have it open.
      if (!inode.detached || inode.openCount === 0) throw error
    }
    return view.timed(inode)
  }

  async setAttributes(
    nodeid: number,
    wanted: AttributeChanges,
    _fh: number | undefined,
    caller: Caller,
  ): Promise<TimedAttributes> {
    const { table, changer, changes, attributes, view } = this.#parts
    changes.assertAllowed()
    const inode = table.get(nodeid)
    await changes.follow(changer.apply(inode, wanted), caller.signal)
    await attributes.refresh(inode, caller.signal)
    return view.timed(inode)
  }

  async access(nodeid: number, mask: number, caller: Caller): Promise<void> {
    const { table, changes, attributes, view, writeBack } = this.#parts
    const inode = table.get(nodeid)
    // What we may do is known when the far side has the mode.
    if (inode.deferred) await writeBack.flush(inode, caller.signal)
    await attributes.refresh(inode, caller.signal)
    if (mask & 2) changes.assertAllowed()
    const granted = inode.remote.access ?? grantedByMode(view.timed(inode).attributes.mode)
    if ((mask & granted) !== mask) throw new ErrnoError('EACCES', `access "${inode.name}"`)
  }

  async open(nodeid: number, flags: OpenFlags, caller: Caller): Promise<OpenedFile> {
    const { table, files, changes } = this.#parts
    if (flags.access !== 'read' || flags.truncate) changes.assertAllowed()
    return files.open(table.get(nodeid), flags, caller.signal)
  }

  create(
    parent: number,
    name: string,
    mode: number,
    flags: OpenFlags,
    caller: Caller,
  ): Promise<{ readonly entry: Entry; readonly file: OpenedFile }> {
    return this.#parts.entries.create(parent, name, mode, flags, caller)
  }

  read(fh: number, offset: number, size: number, caller: Caller): Promise<readonly Uint8Array[]> {
    return this.#parts.files.read(fh, offset, size, caller)
  }

  write(
    fh: number,
    offset: number,
    data: Uint8Array,
    caller: Caller,
    fromMapping = false,
  ): Promise<number> {
    return this.#parts.files.write(fh, offset, data, fromMapping, caller.signal)
  }

  flush(fh: number, caller: Caller): Promise<void> {
    return this.#parts.files.flush(fh, caller.signal)
  }

  fsync(fh: number, caller: Caller): Promise<void> {
    return this.#parts.files.sync(fh, caller.signal)
  }

  release(fh: number): Promise<void> {
    return this.#parts.files.release(fh)
  }

  async allocate(
    fh: number,
    range: ByteRange,
    allocation: Allocation,
    keepSize: boolean,
    caller: Caller,
  ): Promise<void> {
    const { files, changes, allocator } = this.#parts
    changes.assertAllowed()
    await allocator.allocate(files.get(fh), range, allocation, keepSize, caller.signal)
  }

  async copyRange(
    from: FilePosition,
    to: FilePosition,
    length: number,
    caller: Caller,
  ): Promise<number> {
    const { files, changes, copier } = this.#parts
    changes.assertAllowed()
    return copier.copy(
      { handle: files.get(from.fh), offset: from.offset },
      { handle: files.get(to.fh), offset: to.offset },
      length,
      caller.signal,
    )
  }

  async openDirectory(nodeid: number, isForReading = false): Promise<OpenedDirectory> {
    return this.#parts.directories.open(this.#parts.table.get(nodeid), isForReading)
  }

  readDirectory(fh: number, cookie: number, caller: Caller): Promise<Iterable<DirectoryEntry>> {
    return this.#parts.directories.read(fh, cookie, caller.signal)
  }

  async releaseDirectory(fh: number): Promise<void> {
    this.#parts.directories.release(fh)
  }

  makeDirectory(parent: number, name: string, mode: number, caller: Caller): Promise<Entry> {
    return this.#parts.entries.makeDirectory(parent, name, mode, caller)
  }

  makeNode(
    parent: number,
    name: string,
    type: FileType,
    mode: number,
    caller: Caller,
  ): Promise<Entry> {
    return this.#parts.entries.makeNode(parent, name, type, mode, caller)
  }

  makeSymlink(parent: number, name: string, target: string, caller: Caller): Promise<Entry> {
    return this.#parts.entries.makeSymlink(parent, name, target, caller)
  }

  /** Never followed here: that is the kernel's work. */
  async readLink(nodeid: number): Promise<string> {
    const { name, remote } = this.#parts.table.get(nodeid)
    if (remote.linkTarget !== undefined) return remote.linkTarget
    throw new ErrnoError('EINVAL', `"${name}" is no symbolic link`)
  }

  link(nodeid: number, parent: number, name: string, caller: Caller): Promise<Entry> {
    return this.#parts.entries.link(nodeid, parent, name, caller)
  }

  async unlink(parent: number, name: string, caller: Caller): Promise<void> {
    const { table, namespace, changes } = this.#parts
    changes.assertAllowed()
    await changes.follow(namespace.unlink(table.get(parent), name), caller.signal)
  }

  async removeDirectory(parent: number, name: string, caller: Caller): Promise<void> {
    const { table, namespace, changes } = this.#parts
    changes.assertAllowed()
    await changes.follow(namespace.removeDirectory(table.get(parent), name), caller.signal)
  }

  async rename(
    parent: number,
    name: string,
    newParent: number,
    newName: string,
    flags: RenameFlags,
    caller: Caller,
  ): Promise<void> {
    const { table, namespace, changes } = this.#parts
    changes.assertAllowed()
    const [from, to] = [table.get(parent), table.get(newParent)]
    await changes.follow(namespace.rename(from, name, to, newName, flags), caller.signal)
  }

  statistics(): Promise<FilesystemStatistics> {
    return this.#parts.statistics.get()
  }

  async sync(): Promise<void> {
    await this.#parts.writeBack.flushAll()
  }

  /** After the last request: writes what is pending, removes hidden files, stops fetching. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { changes, writeBack, hidden, ended } = this.#parts
    await changes.settled()
    await writeBack.flushAll()
    await hidden.removeAll()
    ended.abort(new ErrnoError('ENODEV', 'the file system is unmounted'))
  }

  /** Consistency checks for tests. */
  assertInvariants(): void {
    this.#parts.table.assertInvariants()
  }
}

/** If the far side does not tell: refused is only what the mode refuses to everybody. */
function grantedByMode(mode: number): number {
  return mode | (mode >> 3) | (mode >> 6)
}
