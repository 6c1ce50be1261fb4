/** Files in memory, found by path in a map in which one file may have many names. */

import { ErrnoError } from '../../../src/support/errno-error.ts'
import type { FileType } from '../../../src/vfs/attributes.ts'
import type { Owner } from '../../../src/vfs/remote.ts'
import type { MemoryNode } from './memory-node.ts'

/** As whom sessions act there. */
export const memoryIdentity: Owner = { uid: 500, gid: 500 }

export class MemoryFiles {
  readonly nodes = new Map<string, MemoryNode>()
  #time = 1_000_000_000n
  #lastNumber = 1000

  readonly #knowsBirths: boolean

  constructor({ knowsBirths }: { readonly knowsBirths: boolean }) {
    this.#knowsBirths = knowsBirths
    this.nodes.set('/', this.node('directory', 0o755))
  }

  get(path: string): MemoryNode {
    const node = this.nodes.get(path)
    if (!node) throw new ErrnoError('ENOENT', path)
    return node
  }

  node(type: FileType, mode: number): MemoryNode {
    const now = this.tick()
    return {
      type,
      mode,
      ...memoryIdentity,
      mtimeNs: now,
      atimeNs: now,
      ctimeNs: now,
      birthTimeNs: this.#knowsBirths ? now : undefined,
      fileId: `7:${++this.#lastNumber}`,
      nlink: 1,
      content: Buffer.alloc(0),
    }
  }

  make(
    path: string,
    type: FileType,
    mode: number,
    owner: Owner | undefined,
    target?: string,
  ): MemoryNode {
    if (this.nodes.has(path)) throw new ErrnoError('EEXIST', path)
    this.parentChanged(path)
    const node = { ...this.node(type, mode), ...owner, ...(target !== undefined && { target }) }
    this.nodes.set(path, node)
    return node
  }

  unname(path: string): void {
    const node = this.get(path)
    this.nodes.delete(path)
    node.nlink -= 1
    node.ctimeNs = this.tick()
  }

  parentChanged(path: string): void {
    const parent = this.get(path.slice(0, path.lastIndexOf('/')) || '/')
    parent.mtimeNs = parent.ctimeNs = this.tick()
  }

  exchange(from: string, to: string): void {
    this.get(to)
    this.carry(from, '/ aside')
    this.carry(to, from)
    this.carry('/ aside', to)
    this.parentChanged(from)
    this.parentChanged(to)
  }

  carry(from: string, to: string): void {
    for (const path of [from, ...this.below(from)]) {
      const node = this.get(path)
      this.nodes.delete(path)
      this.nodes.set(to + path.slice(from.length), node)
    }
  }

  splice(node: MemoryNode, offset: number, bytes: Buffer): void {
    const content = Buffer.alloc(Math.max(node.content.length, offset + bytes.length))
    node.content.copy(content)
    bytes.copy(content, offset)
    this.change(node, content)
  }

  change(node: MemoryNode, content: Buffer): void {
    node.content = content
    node.mtimeNs = node.ctimeNs = this.tick()
  }

  tick(): bigint {
    this.#time += 1_000_000_000n
    return this.#time
  }

  file(path: string): MemoryNode {
    const node = this.get(path)
    if (node.type === 'directory') throw new ErrnoError('EISDIR', path)
    return node
  }

  below(path: string): string[] {
    return [...this.nodes.keys()].filter((name) => name.startsWith(`${path}/`))
  }
}
