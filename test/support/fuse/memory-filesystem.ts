/**
 * A small, complete file system in memory: POSIX rules without caches, so that what a mount of it
 * gets wrong is the adapter's fault.
 */

import { ErrnoError } from '../../../src/support/errno-error.ts'
import { encodeName } from '../../../src/support/name-bytes.ts'
import type {
  FilesystemStatistics,
  AttributeChanges,
  Attributes,
  FileType,
} from '../../../src/vfs/attributes.ts'
import type {
  DirectoryEntry,
  Entry,
  Filesystem,
  Invalidation,
  NegativeEntry,
  OpenedDirectory,
  OpenedFile,
  OpenFlags,
  RenameFlags,
  TimedAttributes,
} from '../../../src/vfs/filesystem.ts'
import { MemoryOpenDirectories } from './memory-open-directories.ts'
import { MemoryOpenFiles } from './memory-open-files.ts'
import { MemoryTree, nowNs, type MemoryNode, type Owner } from './memory-tree.ts'

export interface MemoryFilesystemOptions {
  readonly attributeTimeoutMs?: number
  readonly entryTimeoutMs?: number
  readonly negativeTimeoutMs?: number
  readonly keepCache?: boolean
  /** Without the verbs that a file system may lack, and without birth times. */
  readonly plain?: boolean
}

const nameMax = 255

type Verb<N extends keyof Filesystem> = NonNullable<Filesystem[N]>

export class MemoryFilesystem implements Filesystem {
  readonly tellsBirthTimes: boolean
  readonly seek?: Verb<'seek'>
  readonly allocate?: Verb<'allocate'>
  readonly copyRange?: Verb<'copyRange'>
  invalidation: Invalidation | undefined
  readonly #options: Required<MemoryFilesystemOptions>
  readonly #tree: MemoryTree
  readonly #files: MemoryOpenFiles
  readonly #directories = new MemoryOpenDirectories()

  constructor(options: MemoryFilesystemOptions = {}, owner: Owner = { uid: 0, gid: 0 }) {
    this.#options = {
      attributeTimeoutMs: 1000,
      entryTimeoutMs: 1000,
      negativeTimeoutMs: 0,
      keepCache: false,
      plain: false,
      ...options,
    }
    this.#tree = new MemoryTree(owner)
    const files = new MemoryOpenFiles(this.#tree)
    this.#files = files
    this.tellsBirthTimes = !this.#options.plain
    if (this.#options.plain) return
    this.seek = async (fh, offset, whence) => files.seek(fh, offset, whence)
    this.allocate = async (fh, range, allocation, keepSize) =>
      files.allocate(fh, range, allocation, keepSize)
    this.copyRange = async (from, to, length) => files.copyRange(from, to, length)
  }

  setInvalidation(listener: Invalidation): void {
    this.invalidation = listener
  }

  /** What is still referenced; for checks that nothing leaks. */
  usage() {
    return {
      lookedUp: this.#tree.all().filter((node) => node.nlookup > 0).length,
      files: this.#files.size,
      directories: this.#directories.size,
    }
  }

  async lookup(parent: number, name: string): Promise<Entry | NegativeEntry> {
    if (Buffer.byteLength(name) > nameMax) throw new ErrnoError('ENAMETOOLONG', name)
    const node = this.#tree.directory(parent).children.get(name)
    if (node) return this.#enter(node)
    if (this.#options.negativeTimeoutMs === 0) throw new ErrnoError('ENOENT', name)
    return { nodeid: 0, entryTimeoutMs: this.#options.negativeTimeoutMs }
  }

  forget(nodeid: number, nlookup: number): void {
    const node = this.#tree.node(nodeid)
    node.nlookup -= nlookup
    if (node.nlookup < 0) throw new Error(`nodeid ${nodeid} forgotten more often than looked up`)
    this.#tree.dropUnused(node)
  }

  async getAttributes(nodeid: number): Promise<TimedAttributes> {
    return this.#timed(this.#tree.node(nodeid))
  }

  async setAttributes(nodeid: number, changes: AttributeChanges): Promise<TimedAttributes> {
    const node = this.#tree.node(nodeid)
    const now = nowNs()
    if (changes.size !== undefined) {
      this.#tree.file(nodeid).content.truncate(changes.size)
      node.mtimeNs = now
    }
    node.mode = changes.mode ?? node.mode
    node.uid = changes.uid ?? node.uid
    node.gid = changes.gid ?? node.gid
    if (changes.atimeNs !== undefined)
      node.atimeNs = changes.atimeNs === 'now' ? now : changes.atimeNs
    if (changes.mtimeNs !== undefined)
      node.mtimeNs = changes.mtimeNs === 'now' ? now : changes.mtimeNs
    node.ctimeNs = now
    return this.#timed(node)
  }

  async access(nodeid: number): Promise<void> {
    this.#tree.node(nodeid)
  }

  async open(nodeid: number, flags: OpenFlags): Promise<OpenedFile> {
    const fh = this.#files.open(this.#tree.file(nodeid), flags.truncate)
    return { fh, keepCache: this.#options.keepCache }
  }

  async create(parent: number, name: string, mode: number, flags: OpenFlags, caller: Owner) {
    const directory = this.#tree.directory(parent)
    const existing = directory.children.get(name)
    if (existing && flags.exclusive) throw new ErrnoError('EEXIST', name)
    const node = existing ?? this.#tree.newFile(mode, caller)
    if (!existing) this.#tree.add(directory, name, node)
    const file = await this.open(node.nodeid, flags)
    return { entry: this.#enter(node), file }
  }

  async read(fh: number, offset: number, size: number): Promise<readonly Uint8Array[]> {
    return this.#files.node(fh).content.read(offset, size)
  }

  async write(fh: number, offset: number, data: Uint8Array): Promise<number> {
    return this.#files.write(fh, offset, data)
  }

  async flush(fh: number): Promise<void> {
    this.#files.node(fh)
  }

  async fsync(fh: number): Promise<void> {
    this.#files.node(fh)
  }

  async release(fh: number): Promise<void> {
    this.#files.release(fh)
  }

  async openDirectory(nodeid: number): Promise<OpenedDirectory> {
    const fh = this.#directories.open(this.#tree.directory(nodeid))
    return { fh, keepCache: false, cacheNames: false }
  }

  async readDirectory(fh: number, cookie: number): Promise<Iterable<DirectoryEntry>> {
    return this.#directories.read(fh, cookie, (node) => this.#enter(node))
  }

  async releaseDirectory(fh: number): Promise<void> {
    this.#directories.release(fh)
  }

  async makeDirectory(parent: number, name: string, mode: number, caller: Owner): Promise<Entry> {
    return this.#add(parent, name, this.#tree.newDirectory(mode, caller))
  }

  async makeNode(parent: number, name: string, type: FileType, mode: number, caller: Owner) {
    if (type === 'file') return this.#add(parent, name, this.#tree.newFile(mode, caller))
    if (type !== 'fifo' && type !== 'socket') throw new ErrnoError('EPERM', type)
    return this.#add(parent, name, this.#tree.newSpecial(type, mode, caller))
  }

  async makeSymlink(parent: number, name: string, target: string, caller: Owner) {
    return this.#add(parent, name, this.#tree.newSymlink(target, caller))
  }

  async readLink(nodeid: number): Promise<string> {
    const node = this.#tree.node(nodeid)
    if (node.type !== 'symlink') throw new ErrnoError('EINVAL', `readlink of a ${node.type}`)
    return node.target
  }

  async link(nodeid: number, newParent: number, newName: string): Promise<Entry> {
    const node = this.#tree.node(nodeid)
    if (node.type === 'directory') throw new ErrnoError('EPERM', 'link of a directory')
    return this.#add(newParent, newName, node)
  }

  async unlink(parent: number, name: string): Promise<void> {
    const directory = this.#tree.directory(parent)
    if (this.#tree.child(directory, name).type === 'directory') throw new ErrnoError('EISDIR', name)
    this.#tree.remove(directory, name)
  }

  async removeDirectory(parent: number, name: string): Promise<void> {
    const directory = this.#tree.directory(parent)
    const node = this.#tree.child(directory, name)
    if (node.type !== 'directory') throw new ErrnoError('ENOTDIR', name)
    if (node.children.size > 0) throw new ErrnoError('ENOTEMPTY', name)
    this.#tree.remove(directory, name)
  }

  async rename(
    parent: number,
    name: string,
    newParent: number,
    newName: string,
    flags: RenameFlags,
  ): Promise<void> {
    this.#tree.rename(
      { directory: this.#tree.directory(parent), name },
      { directory: this.#tree.directory(newParent), name: newName },
      flags,
    )
  }

  async statistics(): Promise<FilesystemStatistics> {
    return {
      blockSize: 4096,
      blocks: 1_000_000,
      blocksFree: 600_000,
      blocksAvailable: 500_000,
      files: 1000,
      filesFree: 1000 - this.#tree.all().length,
      nameLengthMax: nameMax,
    }
  }

  async sync(): Promise<void> {}

  #add(parent: number, name: string, node: MemoryNode): Entry {
    this.#tree.add(this.#tree.directory(parent), name, node)
    return this.#enter(node)
  }

  #enter(node: MemoryNode): Entry {
    node.nlookup += 1
    const { entryTimeoutMs } = this.#options
    return { nodeid: node.nodeid, generation: 0, entryTimeoutMs, ...this.#timed(node) }
  }

  #timed(node: MemoryNode): TimedAttributes {
    const { nodeid: ino, type, mode, nlink, uid, gid, atimeNs, mtimeNs, ctimeNs } = node
    const known = { ino, type, mode, nlink, uid, gid, atimeNs, mtimeNs, ctimeNs }
    const attributes: Attributes = {
      ...known,
      size: sizeOf(node),
      ...(this.tellsBirthTimes && { birthTimeNs: node.birthTimeNs }),
    }
    return { attributes, attributeTimeoutMs: this.#options.attributeTimeoutMs }
  }
}

function sizeOf(node: MemoryNode): number {
  if (node.type === 'file') return node.content.size
  return node.type === 'symlink' ? encodeName(node.target).length : 0
}
