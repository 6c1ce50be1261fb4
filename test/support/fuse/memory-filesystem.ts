/**
 * A small, complete file system in memory: POSIX rules without caches, so that what a mount of it
 * gets wrong is the adapter's fault.
 */

import { ErrnoError } from '../../../src/support/errno-error.ts'
import type { AttributeChanges, Attributes, FileType } from '../../../src/vfs/attributes.ts'
import type {
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
} from '../../../src/vfs/filesystem.ts'
import {
  MemoryTree,
  nowNs,
  type DirectoryNode,
  type FileNode,
  type MemoryNode,
  type Owner,
} from './memory-tree.ts'

export interface MemoryFilesystemOptions {
  readonly attributeTimeoutMs?: number
  readonly entryTimeoutMs?: number
  readonly negativeTimeoutMs?: number
  readonly keepCache?: boolean
}

interface OpenDirectory {
  readonly node: DirectoryNode
  snapshot: readonly (readonly [string, MemoryNode])[] | undefined
}

const pathMax = 255

export class MemoryFilesystem implements Filesystem {
  readonly tellsBirthTimes = false
  invalidation: Invalidation | undefined
  readonly #options: Required<MemoryFilesystemOptions>
  readonly #tree: MemoryTree
  readonly #files = new Map<number, FileNode>()
  readonly #directories = new Map<number, OpenDirectory>()
  #nextFh = 1

  constructor(options: MemoryFilesystemOptions = {}, owner: Owner = { uid: 0, gid: 0 }) {
    this.#options = {
      attributeTimeoutMs: 1000,
      entryTimeoutMs: 1000,
      negativeTimeoutMs: 0,
      keepCache: false,
      ...options,
    }
    this.#tree = new MemoryTree(owner)
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
    if (Buffer.byteLength(name) > pathMax) throw new ErrnoError('ENAMETOOLONG', name)
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
    const node = this.#tree.file(nodeid)
    if (flags.truncate) {
      node.content.truncate(0)
      node.mtimeNs = node.ctimeNs = nowNs()
    }
    return { fh: this.#openFile(node), keepCache: this.#options.keepCache }
  }

  async create(parent: number, name: string, mode: number, flags: OpenFlags, caller: Owner) {
    const directory = this.#tree.directory(parent)
    const existing = directory.children.get(name)
    if (existing && flags.exclusive) throw new ErrnoError('EEXIST', name)
    const node = existing ?? this.#tree.newFile(mode, caller)
    if (!existing) this.#tree.add(directory, name, node)
    const file = this.#tree.file(node.nodeid)
    if (flags.truncate) file.content.truncate(0)
    const fh = this.#openFile(file)
    return { entry: this.#enter(node), file: { fh, keepCache: this.#options.keepCache } }
  }

  async read(fh: number, offset: number, size: number): Promise<readonly Uint8Array[]> {
    const node = this.#opened(fh)
    return node.content.read(offset, size)
  }

  async write(fh: number, offset: number, data: Uint8Array): Promise<number> {
    const node = this.#opened(fh)
    node.content.write(offset, data)
    node.mtimeNs = node.ctimeNs = nowNs()
    return data.length
  }

  async flush(fh: number): Promise<void> {
    this.#opened(fh)
  }

  async fsync(fh: number): Promise<void> {
    this.#opened(fh)
  }

  async release(fh: number): Promise<void> {
    const node = this.#opened(fh)
    this.#files.delete(fh)
    node.opened -= 1
    this.#tree.dropUnused(node)
  }

  async openDirectory(nodeid: number): Promise<OpenedFile> {
    const fh = this.#nextFh++
    this.#directories.set(fh, { node: this.#tree.directory(nodeid), snapshot: undefined })
    return { fh, keepCache: false }
  }

  async readDirectory(fh: number, cookie: number): Promise<Iterable<DirectoryEntry>> {
    const open = this.#directories.get(fh)
    if (!open) throw new ErrnoError('EBADF', `directory handle ${fh}`)
    if (cookie === 0 || !open.snapshot) open.snapshot = [...open.node.children]
    const dots = ['.', '..'].map((name) => [name, open.node] as const)
    return [...dots, ...open.snapshot].slice(cookie).map(([name, node], index) => ({
      name,
      ino: node.nodeid,
      type: node.type,
      cookie: cookie + index + 1,
      resolve: name === '.' || name === '..' ? undefined : () => this.#enter(node),
    }))
  }

  async releaseDirectory(fh: number): Promise<void> {
    if (!this.#directories.delete(fh)) throw new ErrnoError('EBADF', `directory handle ${fh}`)
  }

  async makeDirectory(parent: number, name: string, mode: number, caller: Owner): Promise<Entry> {
    const directory = this.#tree.directory(parent)
    if (directory.children.has(name)) throw new ErrnoError('EEXIST', name)
    const node = this.#tree.newDirectory(mode, caller)
    this.#tree.add(directory, name, node)
    return this.#enter(node)
  }

  async makeNode(parent: number, name: string, type: FileType, mode: number, caller: Owner) {
    if (type !== 'file') throw new ErrnoError('EPERM', type)
    const directory = this.#tree.directory(parent)
    if (directory.children.has(name)) throw new ErrnoError('EEXIST', name)
    const node = this.#tree.newFile(mode, caller)
    this.#tree.add(directory, name, node)
    return this.#enter(node)
  }

  async makeSymlink(): Promise<Entry> {
    throw new ErrnoError('EPERM', 'symlink')
  }

  async readLink(nodeid: number): Promise<string> {
    throw new ErrnoError('EINVAL', `readlink of ${nodeid}`)
  }

  async link(): Promise<Entry> {
    throw new ErrnoError('EPERM', 'link')
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
    const [from, to] = [this.#tree.directory(parent), this.#tree.directory(newParent)]
    const node = this.#tree.child(from, name)
    const target = to.children.get(newName)
    if (flags.exchange) {
      from.children.set(name, this.#tree.child(to, newName))
    } else {
      if (target === node) return
      if (target && flags.noReplace) throw new ErrnoError('EEXIST', newName)
      if (target?.type === 'directory' && target.children.size > 0) {
        throw new ErrnoError('ENOTEMPTY', newName)
      }
      if (target) this.#tree.remove(to, newName)
      from.children.delete(name)
    }
    to.children.set(newName, node)
    from.mtimeNs = from.ctimeNs = to.mtimeNs = to.ctimeNs = nowNs()
  }

  async statistics(): Promise<FilesystemStatistics> {
    return {
      blockSize: 4096,
      blocks: 1_000_000,
      blocksFree: 600_000,
      blocksAvailable: 500_000,
      files: 1000,
      filesFree: 1000 - this.#tree.all().length,
      nameLengthMax: pathMax,
    }
  }

  async sync(): Promise<void> {}

  #enter(node: MemoryNode): Entry {
    node.nlookup += 1
    const { entryTimeoutMs } = this.#options
    return { nodeid: node.nodeid, generation: 0, entryTimeoutMs, ...this.#timed(node) }
  }

  #timed(node: MemoryNode): TimedAttributes {
    const attributes: Attributes = {
      ino: node.nodeid,
      type: node.type,
      size: node.type === 'file' ? node.content.size : 0,
      mode: node.mode,
      nlink: node.nlink,
      uid: node.uid,
      gid: node.gid,
      atimeNs: node.atimeNs,
      mtimeNs: node.mtimeNs,
      ctimeNs: node.ctimeNs,
    }
    return { attributes, attributeTimeoutMs: this.#options.attributeTimeoutMs }
  }

  #openFile(node: FileNode): number {
    const fh = this.#nextFh++
    this.#files.set(fh, node)
    node.opened += 1
    return fh
  }

  #opened(fh: number): FileNode {
    const node = this.#files.get(fh)
    if (!node) throw new ErrnoError('EBADF', `file handle ${fh}`)
    return node
  }
}
