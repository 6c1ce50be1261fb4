/** Nodes of the file system in memory: which there are, what holds them, how they hang together. */

import { ErrnoError } from '../../../src/support/errno-error.ts'
import { rootNodeid, type RenameFlags } from '../../../src/vfs/filesystem.ts'
import { MemoryFile } from './memory-file.ts'

interface NodeFacts {
  readonly nodeid: number
  mode: number
  uid: number
  gid: number
  atimeNs: bigint
  mtimeNs: bigint
  ctimeNs: bigint
  readonly birthTimeNs: bigint
  /** Names; 0 when only its users keep it. */
  nlink: number
  nlookup: number
  /** Open file handles. */
  opened: number
}

export interface FileNode extends NodeFacts {
  readonly type: 'file'
  readonly content: MemoryFile
}

export interface DirectoryNode extends NodeFacts {
  readonly type: 'directory'
  readonly children: Map<string, MemoryNode>
}

export interface SymlinkNode extends NodeFacts {
  readonly type: 'symlink'
  readonly target: string
}

/** What the kernel serves itself, once it knows the type. */
export interface SpecialNode extends NodeFacts {
  readonly type: 'fifo' | 'socket'
}

export type MemoryNode = FileNode | DirectoryNode | SymlinkNode | SpecialNode

/** A name in a directory. */
interface Place {
  readonly directory: DirectoryNode
  readonly name: string
}

export type Owner = Pick<NodeFacts, 'uid' | 'gid'>

export class MemoryTree {
  readonly #nodes = new Map<number, MemoryNode>()
  #nextNodeid = rootNodeid

  constructor(owner: Owner) {
    const root = this.newDirectory(0o755, owner)
    root.nlookup = root.nlink = 1
    this.#nodes.set(root.nodeid, root)
  }

  all(): readonly MemoryNode[] {
    return [...this.#nodes.values()]
  }

  newFile(mode: number, owner: Owner): FileNode {
    return { ...this.#facts(mode, owner), type: 'file', content: new MemoryFile() }
  }

  newDirectory(mode: number, owner: Owner): DirectoryNode {
    return { ...this.#facts(mode, owner), type: 'directory', children: new Map() }
  }

  newSymlink(target: string, owner: Owner): SymlinkNode {
    return { ...this.#facts(0o777, owner), type: 'symlink', target }
  }

  newSpecial(type: SpecialNode['type'], mode: number, owner: Owner): SpecialNode {
    return { ...this.#facts(mode, owner), type }
  }

  node(nodeid: number): MemoryNode {
    const node = this.#nodes.get(nodeid)
    if (!node) throw new ErrnoError('ESTALE', `nodeid ${nodeid}`)
    return node
  }

  file(nodeid: number): FileNode {
    const node = this.node(nodeid)
    if (node.type === 'directory') throw new ErrnoError('EISDIR', `nodeid ${nodeid}`)
    if (node.type !== 'file') throw new ErrnoError('EINVAL', `a ${node.type}: nodeid ${nodeid}`)
    return node
  }

  directory(nodeid: number): DirectoryNode {
    const node = this.node(nodeid)
    if (node.type !== 'directory') throw new ErrnoError('ENOTDIR', `nodeid ${nodeid}`)
    return node
  }

  child(directory: DirectoryNode, name: string): MemoryNode {
    const node = directory.children.get(name)
    if (!node) throw new ErrnoError('ENOENT', name)
    return node
  }

  add(directory: DirectoryNode, name: string, node: MemoryNode): void {
    if (directory.children.has(name)) throw new ErrnoError('EEXIST', name)
    this.#nodes.set(node.nodeid, node)
    directory.children.set(name, node)
    node.nlink += 1
    node.ctimeNs = directory.mtimeNs = directory.ctimeNs = nowNs()
  }

  remove(directory: DirectoryNode, name: string): void {
    const node = this.child(directory, name)
    directory.children.delete(name)
    node.nlink -= 1
    node.ctimeNs = directory.mtimeNs = directory.ctimeNs = nowNs()
    this.dropUnused(node)
  }

  rename(from: Place, to: Place, { noReplace, exchange }: RenameFlags): void {
    const node = this.child(from.directory, from.name)
    const target = to.directory.children.get(to.name)
    if (exchange) {
      from.directory.children.set(from.name, this.child(to.directory, to.name))
    } else {
      if (target === node) return
      if (target && noReplace) throw new ErrnoError('EEXIST', to.name)
      if (target?.type === 'directory' && target.children.size > 0) {
        throw new ErrnoError('ENOTEMPTY', to.name)
      }
      if (target) this.remove(to.directory, to.name)
      from.directory.children.delete(from.name)
    }
    to.directory.children.set(to.name, node)
    for (const changed of [from.directory, to.directory])
      changed.mtimeNs = changed.ctimeNs = nowNs()
  }

  dropUnused({ nodeid, nlink, nlookup, opened }: MemoryNode): void {
    if (nlink === 0 && nlookup === 0 && opened === 0) this.#nodes.delete(nodeid)
  }

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
      birthTimeNs: now,
      nlink: 0,
      nlookup: 0,
      opened: 0,
    }
  }
}

export function nowNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n
}
