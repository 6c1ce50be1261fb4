/** Open directories of the file system in memory: what was there at the first read. */

import { ErrnoError } from '../../../src/support/errno-error.ts'
import type { DirectoryEntry, Entry } from '../../../src/vfs/filesystem.ts'
import type { DirectoryNode, MemoryNode } from './memory-tree.ts'

interface OpenDirectory {
  readonly node: DirectoryNode
  snapshot: readonly (readonly [string, MemoryNode])[] | undefined
}

export class MemoryOpenDirectories {
  readonly #open = new Map<number, OpenDirectory>()
  #nextFh = 1

  get size(): number {
    return this.#open.size
  }

  open(node: DirectoryNode): number {
    const fh = this.#nextFh++
    this.#open.set(fh, { node, snapshot: undefined })
    return fh
  }

  read(fh: number, cookie: number, enter: (node: MemoryNode) => Entry): DirectoryEntry[] {
    const open = this.#open.get(fh)
    if (!open) throw new ErrnoError('EBADF', `directory handle ${fh}`)
    if (cookie === 0 || !open.snapshot) open.snapshot = [...open.node.children]
    const dots = ['.', '..'].map((name) => [name, open.node] as const)
    return [...dots, ...open.snapshot].slice(cookie).map(([name, node], index) => ({
      name,
      ino: node.nodeid,
      type: node.type,
      cookie: cookie + index + 1,
      ...(name !== '.' && name !== '..' && { resolve: () => enter(node) }),
    }))
  }

  release(fh: number): void {
    if (!this.#open.delete(fh)) throw new ErrnoError('EBADF', `directory handle ${fh}`)
  }
}
