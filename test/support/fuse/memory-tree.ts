/** Nodes of the file system in memory: which there are, what holds them, how they hang together. */

import { ErrnoError } from '../../../src/support/errno-error.ts'
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

export type MemoryNode = FileNode | DirectoryNode

export type Owner = Pick<NodeFacts, 'uid' | 'gid'>

export class MemoryTree {
  readonly #nodes = new Map<number, MemoryNode>()
  #nextNodeid = rootNodeid

  constructor(owner: Owner) {
    const root = this.newDirectory(0o755, owner)
    root.nlookup = 1
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

  node(nodeid: number): MemoryNode {
    const node = this.#nodes.get(nodeid)
    if (!node) throw new ErrnoError('ESTALE', `nodeid ${nodeid}`)
    return node
  }

  file(nodeid: number): FileNode {
    const node = this.node(nodeid)
    if (node.type !== 'file') throw new ErrnoError('EISDIR', `nodeid ${nodeid}`)
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
    this.#nodes.set(node.nodeid, node)
    directory.children.set(name, node)
    directory.mtimeNs = directory.ctimeNs = nowNs()
  }

  remove(directory: DirectoryNode, name: string): void {
    const node = this.child(directory, name)
    directory.children.delete(name)
    directory.mtimeNs = directory.ctimeNs = nowNs()
    node.nlink = 0
    this.dropUnused(node)
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
      nlink: 1,
      nlookup: 0,
      opened: 0,
    }
  }
}

export function nowNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n
}
