/**
 * A Remote over files in memory: the real thing for the vfs, without a network. `before` and `after`
 * let a test hold operations at will or make them fail, `log` tells what was asked.
 */

import type { ByteRange } from '../../../src/support/byte-range.ts'
import { ErrnoError } from '../../../src/support/errno-error.ts'
import type {
  FilesystemStatistics,
  RemoteAttributes,
  RemoteEntry,
} from '../../../src/vfs/attributes.ts'
import type {
  ByteSink,
  FinishedState,
  NewAttributes,
  Owner,
  Remote,
  RemoteCapability,
  WrittenState,
} from '../../../src/vfs/remote.ts'
import { MemoryFiles, memoryIdentity } from './memory-files.ts'
import { attributesOf, type MemoryNode } from './memory-node.ts'

const allCapabilities: readonly RemoteCapability[] = [
  'access-times',
  'birth-times',
  'change-times',
  'copies',
  'exchange',
  'exclusive-rename',
  'giving',
  'links',
  'nodes',
  'owners',
  'statistics',
  'sync',
  'truncation',
]

export const memoryStatistics: FilesystemStatistics = {
  blockSize: 512,
  blocks: 1000,
  blocksFree: 400,
  blocksAvailable: 300,
  files: 100,
  filesFree: 50,
  nameLengthMax: 255,
}

/** What a file that is put there has otherwise than by default. */
type NodeDetails = Partial<
  Pick<MemoryNode, 'mode' | 'uid' | 'gid' | 'mtimeNs' | 'birthTimeNs' | 'fileId'>
>

export type RemoteVerb = Exclude<
  keyof Remote,
  typeof Symbol.asyncDispose | 'capabilities' | 'identity' | 'roundTripMs'
>

export class MemoryRemote implements Remote {
  readonly capabilities: ReadonlySet<RemoteCapability>
  /** As if it were so far away. */
  roundTripMs = 0
  /** `verb path`, in order. */
  readonly log: string[] = []
  /** Awaited before an operation looks at the files. */
  before: (verb: RemoteVerb, path: string) => Promise<void> | void = () => {}
  /** Awaited after an operation has done its work and before the answer arrives. */
  after: (verb: RemoteVerb, path: string) => Promise<void> | void = () => {}
  readonly #files: MemoryFiles

  /** With everything that a far side can do. */
  constructor(capabilities: Iterable<RemoteCapability> = allCapabilities) {
    this.capabilities = new Set(capabilities)
    this.#files = new MemoryFiles({ knowsBirths: this.capabilities.has('birth-times') })
  }

  /** A far side that can only do what every one can. */
  static plain(): MemoryRemote {
    return new MemoryRemote([])
  }

  static without(...missing: readonly RemoteCapability[]): MemoryRemote {
    return new MemoryRemote(allCapabilities.filter((one) => !missing.includes(one)))
  }

  /** By path. */
  get nodes(): Map<string, MemoryNode> {
    return this.#files.nodes
  }

  get identity(): Owner | undefined {
    return this.capabilities.has('owners') ? memoryIdentity : undefined
  }

  /** A file made or replaced behind the mount's back. */
  put(path: string, content: Uint8Array | string, details: NodeDetails = {}): void {
    const node = { ...this.#files.node('file', 0o644), ...details, content: Buffer.from(content) }
    this.nodes.set(path, node)
  }

  /** Other bytes in the same file, written behind the mount's back. */
  overwrite(path: string, content: string): void {
    this.#files.change(this.get(path), Buffer.from(content))
  }

  /** A further name made behind the mount's back. */
  putLink(existing: string, path: string): void {
    const node = this.get(existing)
    node.nlink += 1
    this.nodes.set(path, node)
  }

  putSymlink(path: string, target: string): void {
    this.nodes.set(path, { ...this.#files.node('symlink', 0o777), target })
  }

  text(path: string): string {
    return this.get(path).content.toString('latin1')
  }

  get(path: string): MemoryNode {
    return this.#files.get(path)
  }

  stat(path: string): Promise<RemoteAttributes> {
    return this.#run('stat', path, () => this.#attributes(this.get(path)))
  }

  list(path: string): Promise<readonly RemoteEntry[]> {
    return this.#run('list', path, () => {
      if (this.get(path).type !== 'directory') throw new ErrnoError('ENOTDIR', path)
      const prefix = path === '/' ? '/' : `${path}/`
      const entries: RemoteEntry[] = []
      for (const [name, node] of this.nodes) {
        const rest = name.slice(prefix.length)
        if (!name.startsWith(prefix) || rest === '' || rest.includes('/')) continue
        entries.push({ name: rest, attributes: this.#attributes(node) })
      }
      return entries
    })
  }

  read(path: string, range: ByteRange, sink: ByteSink): Promise<number> {
    return this.#run('read', path, () => {
      const file = this.#files.file(path)
      const bytes = file.content.subarray(range.start, range.end)
      const { size, mtimeNs, fileId } = this.#attributes(file)
      sink.begin()
      sink.opened({ size, mtimeNs, ...(fileId !== undefined && { fileId }) })
      let done = 0
      while (done < bytes.length) {
        const space = sink.space()
        const length = Math.min(space.length, bytes.length - done, 50_000)
        space.set(bytes.subarray(done, done + length))
        sink.advance(length)
        done += length
      }
      return done
    })
  }

  write(path: string, offset: number, data: readonly Uint8Array[]): Promise<WrittenState> {
    return this.#run('write', path, () => {
      if (!this.nodes.has(path)) this.put(path, '')
      const node = this.#writable(path)
      this.#files.splice(node, offset, Buffer.concat(data))
      return { size: node.content.length, mtimeNs: node.mtimeNs }
    })
  }

  async writeLast(
    path: string,
    offset: number,
    data: readonly Uint8Array[],
    wanted: NewAttributes,
  ): Promise<FinishedState> {
    this.log.push(`writeLast ${path}`)
    const written = await this.write(path, offset, data)
    const [attributes] = await Promise.allSettled([this.setAttributes(path, wanted)])
    return { ...written, attributes }
  }

  create(path: string, mode: number, owner?: Owner): Promise<RemoteAttributes> {
    return this.#run('create', path, () =>
      this.#attributes(this.#files.make(path, 'file', mode, owner)),
    )
  }

  truncate(path: string, size: number): Promise<void> {
    return this.#run('truncate', path, () => {
      const node = this.#files.file(path)
      // As stock servers are handled.
      if (size === node.content.length && !this.capabilities.has('truncation')) return
      const content = Buffer.alloc(size)
      node.content.copy(content)
      this.#files.change(node, content)
    })
  }

  makeDirectory(path: string, mode: number, owner?: Owner): Promise<RemoteAttributes> {
    return this.#run('makeDirectory', path, () =>
      this.#attributes(this.#files.make(path, 'directory', mode, owner)),
    )
  }

  makeNode(
    path: string,
    type: 'fifo' | 'socket',
    mode: number,
    owner?: Owner,
  ): Promise<RemoteAttributes> {
    return this.#run('makeNode', path, () => {
      this.#require('nodes')
      return this.#attributes(this.#files.make(path, type, mode, owner))
    })
  }

  makeSymlink(path: string, target: string, owner?: Owner): Promise<RemoteAttributes> {
    return this.#run('makeSymlink', path, () => {
      this.#require('links')
      return this.#attributes(this.#files.make(path, 'symlink', 0o777, owner, target))
    })
  }

  link(existing: string, path: string): Promise<RemoteAttributes> {
    return this.#run('link', existing, () => {
      this.#require('links')
      const node = this.get(existing)
      if (node.type === 'directory') throw new ErrnoError('EPERM', existing)
      if (this.nodes.has(path)) throw new ErrnoError('EEXIST', path)
      this.#files.parentChanged(path)
      this.nodes.set(path, node)
      node.nlink += 1
      node.ctimeNs = this.#files.tick()
      return this.#attributes(node)
    })
  }

  removeFile(path: string): Promise<void> {
    return this.#run('removeFile', path, () => {
      if (this.get(path).type === 'directory') throw new ErrnoError('EISDIR', path)
      this.#files.unname(path)
      this.#files.parentChanged(path)
    })
  }

  removeDirectory(path: string): Promise<void> {
    return this.#run('removeDirectory', path, () => {
      if (this.get(path).type !== 'directory') throw new ErrnoError('ENOTDIR', path)
      if (this.#files.below(path).length > 0) throw new ErrnoError('ENOTEMPTY', path)
      this.#files.unname(path)
      this.#files.parentChanged(path)
    })
  }

  rename(from: string, to: string, how: 'replace' | 'exclusive' | 'exchange'): Promise<void> {
    return this.#run('rename', from, () => {
      const node = this.get(from)
      const target = this.nodes.get(to)
      if (how === 'exchange') {
        this.#require('exchange')
        return this.#files.exchange(from, to)
      }
      if (how === 'exclusive') this.#require('exclusive-rename')
      if (target && how === 'exclusive') throw new ErrnoError('EEXIST', to)
      if (target === node) return
      if (target?.type === 'directory' && this.#files.below(to).length > 0) {
        throw new ErrnoError('ENOTEMPTY', to)
      }
      if (target) this.#files.unname(to)
      this.#files.parentChanged(from)
      this.#files.parentChanged(to)
      this.#files.carry(from, to)
      node.ctimeNs = this.#files.tick()
    })
  }

  setAttributes(path: string, wanted: NewAttributes): Promise<RemoteAttributes> {
    return this.#run('setAttributes', path, () => this.#setAttributes(path, wanted))
  }

  statistics(path: string): Promise<FilesystemStatistics> {
    return this.#run('statistics', path, () => {
      this.#require('statistics')
      return memoryStatistics
    })
  }

  sync(path: string): Promise<void> {
    return this.#run('sync', path, () => {
      this.#require('sync')
      this.get(path)
    })
  }

  copy(from: string, range: ByteRange, to: string, offset: number): Promise<number> {
    return this.#run('copy', from, () => {
      this.#require('copies')
      const bytes = Buffer.from(this.#files.file(from).content.subarray(range.start, range.end))
      this.#files.splice(this.#writable(to), offset, bytes)
      return bytes.length
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #run<T>(verb: RemoteVerb, path: string, body: () => T): Promise<T> {
    this.log.push(`${verb} ${path}`)
    await this.before(verb, path)
    const result = body()
    await this.after(verb, path)
    return result
  }

  #setAttributes(path: string, wanted: NewAttributes): RemoteAttributes {
    const node = this.get(path)
    const { mode, uid, gid, atimeNs, mtimeNs } = wanted
    if (uid !== undefined || gid !== undefined) this.#give(path, node, { ...node, ...wanted })
    if (atimeNs !== undefined) this.#require('access-times')
    if (mode !== undefined) node.mode = mode
    const now = this.#files.tick()
    if (mtimeNs !== undefined) node.mtimeNs = mtimeNs === 'now' ? now : mtimeNs
    if (atimeNs !== undefined) node.atimeNs = atimeNs === 'now' ? now : atimeNs
    node.ctimeNs = now
    return this.#attributes(node)
  }

  #give(path: string, node: MemoryNode, { uid, gid }: Owner): void {
    this.#require('owners')
    const isChange = uid !== node.uid || gid !== node.gid
    if (isChange && !this.capabilities.has('giving')) throw new ErrnoError('EPERM', path)
    node.uid = uid
    node.gid = gid
    if (node.type === 'file') node.mode &= 0o1777
  }

  #require(capability: RemoteCapability): void {
    if (!this.capabilities.has(capability)) throw new ErrnoError('EOPNOTSUPP', capability)
  }

  #writable(path: string): MemoryNode {
    const node = this.#files.file(path)
    if ((node.mode & 0o200) === 0) throw new ErrnoError('EACCES', path)
    return node
  }

  #attributes(node: MemoryNode): RemoteAttributes {
    return attributesOf(node, this.capabilities)
  }
}
