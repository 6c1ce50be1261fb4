/**
 * A Remote over files in memory: the real thing for the vfs, without a network. `gate` lets a test
 * hold operations at will, `fail` makes them fail, `log` tells what was asked.
 */

import type { ByteRange } from '../../../src/support/byte-range.ts'
import { ErrnoError } from '../../../src/support/errno-error.ts'
import type { RemoteAttributes, RemoteEntry } from '../../../src/vfs/attributes.ts'
import type {
  ByteSink,
  Remote,
  RemoteCapability,
  TimeChanges,
  WrittenState,
} from '../../../src/vfs/remote.ts'

interface Node {
  type: 'file' | 'directory'
  mode: number
  mtimeNs: bigint
  birthTimeNs?: bigint
  content: Buffer
}

/** Otherwise: now, and no birth time. */
type FileTimes = Partial<Pick<Node, 'mtimeNs' | 'birthTimeNs'>>

export type RemoteVerb = Exclude<
  keyof Remote,
  typeof Symbol.asyncDispose | 'capabilities' | 'identity'
>

export class MemoryRemote implements Remote {
  readonly capabilities: ReadonlySet<RemoteCapability> = new Set()
  readonly identity = undefined
  readonly nodes = new Map<string, Node>()
  /** `verb path`, in order. */
  readonly log: string[] = []
  /** Awaited before an operation looks at the files. */
  before: (verb: RemoteVerb, path: string) => Promise<void> | void = () => {}
  /** Awaited after an operation has done its work and before the answer arrives. */
  after: (verb: RemoteVerb, path: string) => Promise<void> | void = () => {}
  #time = 1_000_000_000n

  constructor() {
    this.nodes.set('/', this.#node('directory', 0o755))
  }

  /** A file made or replaced behind the mount's back. */
  put(path: string, content: Uint8Array | string, times: FileTimes = {}): void {
    const node = { ...this.#node('file', 0o644), ...times }
    node.content = Buffer.from(content)
    this.nodes.set(path, node)
  }

  text(path: string): string {
    return this.#get(path).content.toString('latin1')
  }

  stat(path: string): Promise<RemoteAttributes> {
    return this.#run('stat', path, () => attributesOf(this.#get(path)))
  }

  list(path: string): Promise<readonly RemoteEntry[]> {
    return this.#run('list', path, () => {
      if (this.#get(path).type !== 'directory') throw new ErrnoError('ENOTDIR', path)
      const prefix = path === '/' ? '/' : `${path}/`
      const entries: RemoteEntry[] = []
      for (const [name, node] of this.nodes) {
        const rest = name.slice(prefix.length)
        if (!name.startsWith(prefix) || rest === '' || rest.includes('/')) continue
        entries.push({ name: rest, attributes: attributesOf(node) })
      }
      return entries
    })
  }

  read(path: string, range: ByteRange, sink: ByteSink): Promise<number> {
    return this.#run('read', path, () => {
      const bytes = this.#file(path).content.subarray(range.start, range.end)
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
      const node = this.#file(path)
      if ((node.mode & 0o200) === 0) throw new ErrnoError('EACCES', path)
      const bytes = Buffer.concat(data)
      const size = Math.max(node.content.length, offset + bytes.length)
      const content = Buffer.alloc(size)
      node.content.copy(content)
      bytes.copy(content, offset)
      this.#change(node, content)
      return { size, mtimeNs: node.mtimeNs }
    })
  }

  create(path: string, mode: number): Promise<RemoteAttributes> {
    return this.#run('create', path, () => this.#make(path, 'file', mode))
  }

  truncate(path: string, size: number): Promise<void> {
    return this.#run('truncate', path, () => {
      const node = this.#file(path)
      const content = Buffer.alloc(size)
      node.content.copy(content)
      this.#change(node, content)
    })
  }

  makeDirectory(path: string, mode: number): Promise<RemoteAttributes> {
    return this.#run('makeDirectory', path, () => this.#make(path, 'directory', mode))
  }

  removeFile(path: string): Promise<void> {
    return this.#run('removeFile', path, () => {
      this.#file(path)
      this.nodes.delete(path)
    })
  }

  removeDirectory(path: string): Promise<void> {
    return this.#run('removeDirectory', path, () => {
      if (this.#get(path).type !== 'directory') throw new ErrnoError('ENOTDIR', path)
      if (this.#below(path).length > 0) throw new ErrnoError('ENOTEMPTY', path)
      this.nodes.delete(path)
    })
  }

  rename(from: string, to: string): Promise<void> {
    return this.#run('rename', from, () => {
      const node = this.#get(from)
      const target = this.nodes.get(to)
      if (target?.type === 'directory' && this.#below(to).length > 0) {
        throw new ErrnoError('ENOTEMPTY', to)
      }
      for (const path of this.#below(from)) {
        this.nodes.set(to + path.slice(from.length), this.#get(path))
        this.nodes.delete(path)
      }
      this.nodes.delete(from)
      this.nodes.set(to, node)
    })
  }

  setMode(path: string, mode: number): Promise<void> {
    return this.#run('setMode', path, () => void (this.#get(path).mode = mode))
  }

  setTimes(path: string, { mtimeNs }: TimeChanges): Promise<RemoteAttributes> {
    return this.#run('setTimes', path, () => {
      const node = this.#get(path)
      if (typeof mtimeNs === 'bigint') node.mtimeNs = mtimeNs
      return attributesOf(node)
    })
  }

  makeNode = () => unsupported('mknod')
  makeSymlink = () => unsupported('symlink')
  link = () => unsupported('link')
  setOwner = () => unsupported('chown')
  statistics = () => unsupported('statfs')
  sync = () => unsupported('fsync')
  copy = () => unsupported('copy')

  async [Symbol.asyncDispose](): Promise<void> {}

  async #run<T>(verb: RemoteVerb, path: string, body: () => T): Promise<T> {
    this.log.push(`${verb} ${path}`)
    await this.before(verb, path)
    const result = body()
    await this.after(verb, path)
    return result
  }

  #node(type: Node['type'], mode: number): Node {
    return { type, mode, mtimeNs: this.#tick(), content: Buffer.alloc(0) }
  }

  #make(path: string, type: Node['type'], mode: number): RemoteAttributes {
    if (this.nodes.has(path)) throw new ErrnoError('EEXIST', path)
    this.#get(path.slice(0, path.lastIndexOf('/')) || '/')
    const node = this.#node(type, mode)
    this.nodes.set(path, node)
    return attributesOf(node)
  }

  #change(node: Node, content: Buffer): void {
    node.content = content
    node.mtimeNs = this.#tick()
  }

  #tick(): bigint {
    this.#time += 1_000_000_000n
    return this.#time
  }

  #get(path: string): Node {
    const node = this.nodes.get(path)
    if (!node) throw new ErrnoError('ENOENT', path)
    return node
  }

  #file(path: string): Node {
    const node = this.#get(path)
    if (node.type === 'directory') throw new ErrnoError('EISDIR', path)
    return node
  }

  #below(path: string): string[] {
    return [...this.nodes.keys()].filter((name) => name.startsWith(`${path}/`))
  }
}

function unsupported(what: string): Promise<never> {
  return Promise.reject(new ErrnoError('EOPNOTSUPP', what))
}

function attributesOf(node: Node): RemoteAttributes {
  const { type, mode, mtimeNs, birthTimeNs } = node
  // As a server tells it to the owner.
  const access = mode >> 6
  const size = type === 'file' ? node.content.length : 4096
  return { type, mode, access, mtimeNs, size, ...(birthTimeNs !== undefined && { birthTimeNs }) }
}
