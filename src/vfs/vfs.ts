/**
 * The file system: one method per POSIX verb, which delegates to the part that knows how.
 *
 * Lock order: an inode's write lock → transfer gate → session lease (inside Remote).
 */

import { setMaxListeners } from 'node:events'
import { detachable } from '../support/abortable.ts'
import type { Clock } from '../support/clock.ts'
import { ErrnoError, isErrno } from '../support/errno-error.ts'
import type { Logger } from '../support/logger.ts'
import { AttributeCache } from './attribute-cache.ts'
import { AttributeChanger } from './attribute-changes.ts'
import type { AttributeChanges, FileType, RemoteAttributes } from './attributes.ts'
import { BlockCache } from './block-cache.ts'
import { EntryView } from './entry-view.ts'
import { FileContent } from './file-content.ts'
import { FileReader } from './file-reader.ts'
import type {
  Caller,
  DirectoryEntry,
  Entry,
  Filesystem,
  FilesystemStatistics,
  Invalidation,
  NegativeEntry,
  OpenedFile,
  OpenFlags,
  RenameFlags,
  TimedAttributes,
} from './filesystem.ts'
import type { Inode } from './inode.ts'
import { InodeTable } from './inode-table.ts'
import { ListingCache } from './listing-cache.ts'
import { nameLengthMax, Names } from './names.ts'
import { Namespace } from './namespace.ts'
import { OpenDirectories } from './open-directories.ts'
import { OpenFiles } from './open-files.ts'
import type { Remote } from './remote.ts'
import { TransferGate } from './transfer-gate.ts'
import type { VfsOptions } from './vfs-options.ts'
import { WriteBack } from './write-back.ts'

export interface VfsContext {
  readonly remote: Remote
  readonly options: VfsOptions
  readonly clock: Clock
  readonly log: Logger
}

/** First window of a sequential reader: one kernel request of the largest size. */
const readAheadMinBytes = 1024 * 1024

/** Shown by statfs; the far side tells no numbers. Large, so that no program thinks it is full. */
const statistics: FilesystemStatistics = {
  blockSize: 4096,
  blocks: 2 ** 38, // 1 PiB
  blocksFree: 2 ** 38,
  blocksAvailable: 2 ** 38,
  files: 2 ** 32,
  filesFree: 2 ** 32,
  nameLengthMax,
}

export class Vfs implements Filesystem, AsyncDisposable {
  readonly #remote: Remote
  readonly #options: VfsOptions
  readonly #table: InodeTable
  readonly #attributes: AttributeCache
  readonly #view: EntryView
  readonly #names: Names
  readonly #namespace: Namespace
  readonly #changer: AttributeChanger
  readonly #writeBack: WriteBack
  readonly #files: OpenFiles
  readonly #directories: OpenDirectories
  readonly #ended = new AbortController()
  /** Changes that are followed to their end though nobody may wait for them any more. */
  readonly #changes = new Set<Promise<unknown>>()
  #invalidation: Invalidation | undefined

  /** Asks the far side for the root directory. ENOTDIR if it is not one. */
  static async create(context: VfsContext, signal?: AbortSignal): Promise<Vfs> {
    const root = await context.remote.stat('/', signal)
    if (root.type !== 'directory') throw new ErrnoError('ENOTDIR', 'the remote path')
    return new Vfs(context, root)
  }

  private constructor(context: VfsContext, root: RemoteAttributes) {
    // One listener for each fetch under way.
    setMaxListeners(0, this.#ended.signal)
    const { options, clock } = context
    const table = new InodeTable(root)
    const listings = new ListingCache(clock, options)
    const gate = new TransferGate()
    const attributes = new AttributeCache({
      gate,
      ...context,
      table,
      timeoutMs: options.attributeTimeoutMs,
      onContentChange: (inode) => this.#invalidation?.invalidateInode(inode.nodeid),
      onOwnChange: (inode) => listings.changed(inode),
    })
    const shared = {
      ...context,
      table,
      attributes,
      cache: new BlockCache(options.cacheBytes),
      gate,
      listings,
      view: new EntryView(attributes, options),
      dirtyBytes: options.dirtyBytes,
      ended: this.#ended.signal,
      readAhead: {
        minBytes: Math.min(readAheadMinBytes, options.readAheadBytes),
        maxBytes: Math.min(options.readAheadBytes, options.cacheBytes / 4),
      },
    }
    const writeBack = new WriteBack(shared)
    const names = new Names(shared)
    const namespace = new Namespace({ ...shared, names, writeBack })
    const content = new FileContent(new FileReader(shared), writeBack, attributes)
    this.#remote = context.remote
    this.#options = options
    this.#table = table
    this.#attributes = attributes
    this.#view = shared.view
    this.#names = names
    this.#namespace = namespace
    this.#changer = new AttributeChanger({ ...shared, writeBack })
    this.#writeBack = writeBack
    this.#files = new OpenFiles({ ...shared, namespace, writeBack, content })
    this.#directories = new OpenDirectories({ ...shared, names })
  }

  get tellsBirthTimes(): boolean {
    return this.#remote.tellsBirthTimes
  }

  setInvalidation(listener: Invalidation): void {
    this.#invalidation = listener
  }

  async lookup(parent: number, name: string, caller: Caller): Promise<Entry | NegativeEntry> {
    const inode = await this.#names.lookup(this.#table.get(parent), name, caller.signal)
    if (!inode) return { nodeid: 0, entryTimeoutMs: this.#options.negativeTimeoutMs }
    return this.#view.entry(inode)
  }

  forget(nodeid: number, nlookup: number): void {
    this.#table.forget(nodeid, nlookup)
  }

  async getAttributes(
    nodeid: number,
    _fh: number | undefined,
    caller: Caller,
  ): Promise<TimedAttributes> {
    const inode = this.#table.get(nodeid)
    if (!inode.detached) await this.#attributes.refresh(inode, caller.signal)
    return this.#view.timed(inode)
  }

  async setAttributes(
    nodeid: number,
    changes: AttributeChanges,
    _fh: number | undefined,
    caller: Caller,
  ): Promise<TimedAttributes> {
    this.#checkWritable()
    const inode = this.#table.get(nodeid)
    await this.#follow(this.#changer.apply(inode, changes), caller.signal)
    await this.#attributes.refresh(inode, caller.signal)
    return this.#view.timed(inode)
  }

  async access(nodeid: number, mask: number, caller: Caller): Promise<void> {
    const inode = this.#table.get(nodeid)
    await this.#attributes.refresh(inode, caller.signal)
    if (mask & 2) this.#checkWritable()
    const granted = inode.remote.access ?? grantedByMode(this.#view.timed(inode).attributes.mode)
    if ((mask & granted) !== mask) throw new ErrnoError('EACCES', `access "${inode.name}"`)
  }

  async open(nodeid: number, flags: OpenFlags, caller: Caller): Promise<OpenedFile> {
    if (flags.access !== 'read' || flags.truncate) this.#checkWritable()
    return this.#files.open(this.#table.get(nodeid), flags, caller.signal)
  }

  async create(
    parent: number,
    name: string,
    mode: number,
    flags: OpenFlags,
    caller: Caller,
  ): Promise<{ readonly entry: Entry; readonly file: OpenedFile }> {
    this.#checkWritable()
    const directory = this.#table.get(parent)
    const creating = this.#createOrOpen(directory, name, mode & 0o7777, flags)
    return this.#follow(creating, caller.signal, ({ entry, file }) => {
      this.forget(entry.nodeid, 1)
      return this.release(file.fh)
    })
  }

  read(fh: number, offset: number, size: number, caller: Caller): Promise<readonly Uint8Array[]> {
    return this.#files.read(fh, offset, size, caller.signal)
  }

  write(fh: number, offset: number, data: Uint8Array, caller: Caller): Promise<number> {
    return this.#files.write(fh, offset, data, caller.signal)
  }

  flush(fh: number, caller: Caller): Promise<void> {
    return this.#files.flush(fh, caller.signal)
  }

  /** As strong as flush: the far side has no fsync. */
  fsync(fh: number, caller: Caller): Promise<void> {
    return this.#files.flush(fh, caller.signal)
  }

  release(fh: number): Promise<void> {
    return this.#files.release(fh)
  }

  async openDirectory(nodeid: number): Promise<OpenedFile> {
    return this.#directories.open(this.#table.get(nodeid))
  }

  readDirectory(fh: number, cookie: number, caller: Caller): Promise<Iterable<DirectoryEntry>> {
    return this.#directories.read(fh, cookie, caller.signal)
  }

  async releaseDirectory(fh: number): Promise<void> {
    this.#directories.release(fh)
  }

  async makeDirectory(parent: number, name: string, mode: number, caller: Caller): Promise<Entry> {
    this.#checkWritable()
    const directory = this.#table.get(parent)
    const making = this.#namespace
      .makeDirectory(directory, name, mode & 0o7777)
      .then((inode) => this.#view.entry(inode))
    return this.#follow(making, caller.signal, ({ nodeid }) => this.forget(nodeid, 1))
  }

  /** Only regular files: the far side can make nothing else. */
  async makeNode(
    parent: number,
    name: string,
    type: FileType,
    mode: number,
    caller: Caller,
  ): Promise<Entry> {
    this.#checkWritable()
    if (type !== 'file') throw new ErrnoError('EPERM', `the far side cannot make a ${type}`)
    const making = this.#namespace
      .createFile(this.#table.get(parent), name, mode & 0o7777)
      .then((inode) => this.#view.entry(inode))
    return this.#follow(making, caller.signal, ({ nodeid }) => this.forget(nodeid, 1))
  }

  async makeSymlink(): Promise<Entry> {
    this.#checkWritable()
    throw new ErrnoError('EPERM', 'the far side has no symbolic links')
  }

  async readLink(nodeid: number): Promise<string> {
    throw new ErrnoError('EINVAL', `"${this.#table.get(nodeid).name}" is no symbolic link`)
  }

  async link(): Promise<Entry> {
    this.#checkWritable()
    throw new ErrnoError('EPERM', 'the far side has no hard links')
  }

  async unlink(parent: number, name: string, caller: Caller): Promise<void> {
    this.#checkWritable()
    await this.#follow(this.#namespace.unlink(this.#table.get(parent), name), caller.signal)
  }

  async removeDirectory(parent: number, name: string, caller: Caller): Promise<void> {
    this.#checkWritable()
    const directory = this.#table.get(parent)
    await this.#follow(this.#namespace.removeDirectory(directory, name), caller.signal)
  }

  async rename(
    parent: number,
    name: string,
    newParent: number,
    newName: string,
    flags: RenameFlags,
    caller: Caller,
  ): Promise<void> {
    this.#checkWritable()
    const [from, to] = [this.#table.get(parent), this.#table.get(newParent)]
    const renaming = this.#namespace.rename(from, name, to, newName, flags)
    await this.#follow(renaming, caller.signal)
  }

  async statistics(): Promise<FilesystemStatistics> {
    return statistics
  }

  async sync(): Promise<void> {
    await this.#writeBack.flushAll()
  }

  /** After the last request: writes what is pending, removes hidden files, stops fetching. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#changes)
    await this.#writeBack.flushAll()
    await this.#namespace.removeHidden()
    this.#ended.abort(new ErrnoError('ENODEV', 'the file system is unmounted'))
  }

  /** Consistency checks for tests. */
  assertInvariants(): void {
    this.#table.assertInvariants()
  }

  async #createOrOpen(
    directory: Inode,
    name: string,
    mode: number,
    flags: OpenFlags,
  ): Promise<{ readonly entry: Entry; readonly file: OpenedFile }> {
    try {
      const inode = await this.#namespace.createFile(directory, name, mode)
      return { entry: this.#view.entry(inode), file: this.#files.openCreated(inode, flags) }
    } catch (error) {
      if (flags.exclusive || !isErrno(error, 'EEXIST')) throw error
    }
    const inode = await this.#names.lookup(directory, name)
    if (!inode) throw new ErrnoError('ESTALE', `create "${name}"`)
    const entry = this.#view.entry(inode)
    try {
      return { entry, file: await this.#files.open(inode, flags) }
    } catch (error) {
      this.forget(inode.nodeid, 1)
      throw error
    }
  }

  /** Waits for a change; an interrupt ends the waiting, not the change. */
  #follow<T>(
    change: Promise<T>,
    signal: AbortSignal | undefined,
    takeBack?: (result: T) => unknown,
  ): Promise<T> {
    this.#changes.add(change)
    const forget = (): void => void this.#changes.delete(change)
    change.then(forget, forget)
    return detachable(change, signal, takeBack)
  }

  #checkWritable(): void {
    if (this.#options.readOnly) throw new ErrnoError('EROFS', 'the mount is read-only')
  }
}

/** If the far side does not tell: refused is only what the mode refuses to everybody. */
function grantedByMode(mode: number): number {
  return mode | (mode >> 3) | (mode >> 6)
}
