/** Open files of the file system in memory, and what can be done with them. */

import type { ByteRange } from '../../../src/support/byte-range.ts'
import { ErrnoError } from '../../../src/support/errno-error.ts'
import type { Allocation, FilePosition } from '../../../src/vfs/filesystem.ts'
import { nowNs, type FileNode, type MemoryTree } from './memory-tree.ts'

/** As Linux copies: no more at once than this. */
const copyMax = 2 ** 30

export class MemoryOpenFiles {
  readonly #tree: MemoryTree
  readonly #nodes = new Map<number, FileNode>()
  #nextFh = 1

  constructor(tree: MemoryTree) {
    this.#tree = tree
  }

  get size(): number {
    return this.#nodes.size
  }

  open(node: FileNode, truncate: boolean): number {
    if (truncate) {
      node.content.truncate(0)
      touch(node)
    }
    const fh = this.#nextFh++
    this.#nodes.set(fh, node)
    node.opened += 1
    return fh
  }

  node(fh: number): FileNode {
    const node = this.#nodes.get(fh)
    if (!node) throw new ErrnoError('EBADF', `file handle ${fh}`)
    return node
  }

  release(fh: number): void {
    const node = this.node(fh)
    this.#nodes.delete(fh)
    node.opened -= 1
    this.#tree.dropUnused(node)
  }

  write(fh: number, offset: number, data: Uint8Array): number {
    const node = this.node(fh)
    node.content.write(offset, data)
    touch(node)
    return data.length
  }

  seek(fh: number, offset: number, whence: 'data' | 'hole'): number {
    const found = this.node(fh).content.seek(offset, whence)
    if (found === undefined) throw new ErrnoError('ENXIO', `no ${whence} from ${offset} on`)
    return found
  }

  allocate(fh: number, range: ByteRange, allocation: Allocation, keepSize: boolean): void {
    const node = this.node(fh)
    if (allocation !== 'reserve') node.content.clear(range.start, range.end)
    if (!keepSize && range.end > node.content.size) node.content.truncate(range.end)
    touch(node)
  }

  copyRange(from: FilePosition, to: FilePosition, length: number): number {
    const { content } = this.node(from.fh)
    const pieces = content.read(from.offset, Math.min(length, copyMax))
    let copied = 0
    for (const piece of pieces) copied += this.write(to.fh, to.offset + copied, piece)
    return copied
  }
}

function touch(node: FileNode): void {
  node.mtimeNs = node.ctimeNs = nowNs()
}
