/**
 * A small, complete file system in memory: POSIX rules without caches, so that what a mount of it
 * gets wrong is the adapter's fault.
 */

import { ErrnoError } from '../../../src/support/errno-error.ts'
import type { AttributeChanges, Attributes } from '../../../src/vfs/attributes.ts'
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
import { rootNodeid } from '../../../src/vfs/filesystem.ts'
import { MemoryFile } from './memory-file.ts'

interface NodeFacts {
  readonly nodeid: number
  mode: number
  uid: number
  gid: number
  atimeNs: bigint
  mtimeNs: bigint
  ctimeNs: bigint
  nlink: number
  nlookup: number
}

interface FileNode extends NodeFacts {
  readonly type: 'file'
  readonly content: MemoryFile
}

interface DirectoryNode extends NodeFacts {
  readonly type: 'directory'
  readonly children: Map<string, MemoryNode>
}

type MemoryNode = FileNode | DirectoryNode

type Owner = Pick<NodeFacts, 'uid' | 'gid'>

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
  invalidation: Invalidation | undefined
  readonly #options: Required<MemoryFilesystemOptions>
  readonly #nodes = new Map<number, MemoryNode>()
  readonly #files = new Map<number, FileNode>()
  readonly #directories = new Map<number, OpenDirectory>()
  #nextNodeid = rootNodeid
  #nextFh = 1

  constructor(options: MemoryFilesystemOptions = {}, owner: Owner = { uid: 0, gid: 0 }) {
    this.#options = {
      attributeTimeoutMs: 1000,
      entryTimeoutMs: 1000,
      negativeTimeoutMs: 0,
      keepCache: false,
      ...options,
    }
    const root: DirectoryNode = {
      ...this.#facts(0o755, owner),
      type: 'directory',
      children: new Map(),
      nlookup: 1,
    }
    this.#nodes.set(root.nodeid, root)
  }

  setInvalidation(listener: Invalidation): void {
    this.invalidation = listener
  }

  /** What is still referenced; for checks that nothing leaks. */
  usage() {
    return {
      lookedUp: [...this.#nodes.values()].filter((node) => node.nlookup > 0).length,
      files: this.#files.size,
      directories: this.#directories.size,
    }
  }

  async lookup(parent: number, name: string): Promise<Entry | NegativeEntry> {
    if (Buffer.byteLength(name) > pathMax) throw new ErrnoError('ENAMETOOLONG', name)
    const node = this.#directory(parent).children.get(name)
    if (node) return this.#enter(node)
    if (this.#options.negativeTimeoutMs === 0) throw new ErrnoError('ENOENT', name)
    return { nodeid: 0, entryTimeoutMs: this.#options.negativeTimeoutMs }
  }

  forget(nodeid: number, nlookup: number): void {
    const node = this.#node(nodeid)
    node.nlookup -= nlookup
    if (node.nlookup < 0) throw new Error(`nodeid ${nodeid} forgotten more often than looked up`)
    this.#dropUnused(node)
  }

  async getAttributes(nodeid: number): Promise<TimedAttributes> {
    return this.#timed(this.#node(nodeid))
  }

  async setAttributes(nodeid: number, changes: AttributeChanges): Promise<TimedAttributes> {
    const node = this.#node(nodeid)
    const now = nowNs()
    if (changes.size !== undefined) {
      this.#file(nodeid).content.truncate(changes.size)
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
    this.#node(nodeid)
  }

  async open(nodeid: number, flags: OpenFlags): Promise<OpenedFile> {
    const node = this.#file(nodeid)
    if (flags.truncate) {
      node.content.truncate(0)
      node.mtimeNs = node.ctimeNs = nowNs()
    }
    return { fh: this.#openFile(node), keepCache: this.#options.keepCache }
  }

  async create(parent: number, name: string, mode: number, flags: OpenFlags, caller: Owner) {
    const directory = this.#directory(parent)
    const existing = directory.children.get(name)
    if (existing && flags.exclusive) throw new ErrnoError('EEXIST', name)
    const node = existing ?? this.#add(directory, name, { ...this.#fileNode(mode, caller) })
    const file = this.#file(node.nodeid)
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
    this.#dropUnused(node)
  }

  async openDirectory(nodeid: number): Promise<OpenedFile> {
    const fh = this.#nextFh++
    this.#directories.set(fh, { node: this.#directory(nodeid), snapshot: undefined })
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
    const directory = this.#directory(parent)
    if (directory.children.has(name)) throw new ErrnoError('EEXIST', name)
    const facts = this.#facts(mode, caller)
    return this.#enter(
      this.#add(directory, name, { ...facts, type: 'directory', children: new Map() }),
    )
  }

  async unlink(parent: number, name: string): Promise<void> {
    const directory = this.#directory(parent)
    if (this.#child(directory, name).type === 'directory') throw new ErrnoError('EISDIR', name)
    this.#remove(directory, name)
  }

  async removeDirectory(parent: number, name: string): Promise<void> {
    const directory = this.#directory(parent)
    const node = this.#child(directory, name)
    if (node.type !== 'directory') throw new ErrnoError('ENOTDIR', name)
    if (node.children.size > 0) throw new ErrnoError('ENOTEMPTY', name)
    this.#remove(directory, name)
  }

  async rename(
    parent: number,
    name: string,
    newParent: number,
    newName: string,
    flags: RenameFlags,
  ): Promise<void> {
    const [from, to] = [this.#directory(parent), this.#directory(newParent)]
    const node = this.#child(from, name)
    const target = to.children.get(newName)
    if (flags.exchange) {
      from.children.set(name, this.#child(to, newName))
    } else {
      if (target === node) return
      if (target && flags.noReplace) throw new ErrnoError('EEXIST', newName)
      if (target?.type === 'directory' && target.children.size > 0) {
        throw new ErrnoError('ENOTEMPTY', newName)
      }
      if (target) this.#remove(to, newName)
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
      filesFree: 1000 - this.#nodes.size,
      nameLengthMax: pathMax,
    }
  }

  async sync(): Promise<void> {}

  #facts(mode: number, owner: Owner): NodeFacts {
    const now = nowNs()
    return {
      nodeid: this.#nextNodeid++,
      mode,
      uid: owner.uid,
      gid: owner.gid,
      atimeNs: now,
      mtimeNs: now,
      ctimeNs: now,
      nlink: 1,
      nlookup: 0,
    }
  }

  #fileNode(mode: number, owner: Owner): FileNode {
    return { ...this.#facts(mode, owner), type: 'file', content: new MemoryFile() }
  }

  #add(directory: DirectoryNode, name: string, node: MemoryNode): MemoryNode {
    this.#nodes.set(node.nodeid, node)
    directory.children.set(name, node)
    directory.mtimeNs = directory.ctimeNs = nowNs()
    return node
  }

  #remove(directory: DirectoryNode, name: string): void {
    const node = this.#child(directory, name)
    directory.children.delete(name)
    directory.mtimeNs = directory.ctimeNs = nowNs()
    node.nlink = 0
    this.#dropUnused(node)
  }

  #dropUnused(node: MemoryNode): void {
    if (
      node.nlink > 0 ||
      node.nlookup > 0 ||
      [...this.#files.values()].includes(node as FileNode)
    ) {
      return
    }
    this.#nodes.delete(node.nodeid)
  }

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
    return fh
  }

  #node(nodeid: number): MemoryNode {
    const node = this.#nodes.get(nodeid)
    if (!node) throw new ErrnoError('ESTALE', `nodeid ${nodeid}`)
    return node
  }

  #file(nodeid: number): FileNode {
    const node = this.#node(nodeid)
    if (node.type !== 'file') throw new ErrnoError('EISDIR', `nodeid ${nodeid}`)
    return node
  }

  #directory(nodeid: number): DirectoryNode {
    const node = this.#node(nodeid)
    if (node.type !== 'directory') throw new ErrnoError('ENOTDIR', `nodeid ${nodeid}`)
    return node
  }

  #child(directory: DirectoryNode, name: string): MemoryNode {
    const node = directory.children.get(name)
    if (!node) throw new ErrnoError('ENOENT', name)
    return node
  }

  #opened(fh: number): FileNode {
    const node = this.#files.get(fh)
    if (!node) throw new ErrnoError('EBADF', `file handle ${fh}`)
    return node
  }
}

function nowNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n
}
