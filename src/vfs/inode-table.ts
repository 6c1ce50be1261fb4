/**
 * nodeid → Inode and the tree of names above it.
 *
 * nodeids count up and are never reused, so their generation is always 0. Inode numbers come from
 * the path, so that a path keeps its number when the kernel forgets and finds it again; a number
 * that is in use by another inode is stepped over.
 *
 * Invariants: an inode is its parent's child under its name, or detached; every nodeid in the table
 * has a reason to be there (see `#isNeeded`). Synchronous: nothing can come in between.
 */

import { ErrnoError } from '../support/errno-error.ts'
import type { RemoteAttributes } from './attributes.ts'
import { rootNodeid } from './filesystem.ts'
import { Inode } from './inode.ts'

export class InodeTable {
  readonly root: Inode
  readonly #onForgotten: (inode: Inode) => void
  readonly #byNodeid = new Map<number, Inode>()
  readonly #byIno = new Map<number, Inode>()
  #nextNodeid = rootNodeid + 1

  /** `onForgotten`: nothing leads to the inode any more. */
  constructor(root: RemoteAttributes, onForgotten: (inode: Inode) => void = () => {}) {
    this.#onForgotten = onForgotten
    this.root = new Inode(rootNodeid, rootNodeid, undefined, '', root)
    this.root.nlookup = 1 // FUSE: the root is never forgotten before unmount
    this.#byNodeid.set(rootNodeid, this.root)
    this.#byIno.set(rootNodeid, this.root)
  }

  get count(): number {
    return this.#byNodeid.size
  }

  get(nodeid: number): Inode {
    const inode = this.#byNodeid.get(nodeid)
    if (!inode) throw new ErrnoError('ESTALE', `nodeid ${nodeid} is not known`)
    return inode
  }

  child(parent: Inode, name: string): Inode | undefined {
    return parent.children.get(name)
  }

  /**
   * The inode of a name that the far side has with these attributes: the known one if its type is
   * still the same, else a new one (the name was replaced behind our back).
   */
  intern(parent: Inode, name: string, attributes: RemoteAttributes): Inode {
    const known = parent.children.get(name)
    if (known && known.type === attributes.type) return known
    if (known) this.detach(known)
    const ino = this.#freeIno(parent, name)
    const inode = new Inode(this.#nextNodeid++, ino, parent, name, attributes)
    this.#byNodeid.set(inode.nodeid, inode)
    this.#byIno.set(ino, inode)
    parent.children.set(name, inode)
    return inode
  }

  /** Absolute path within the mount. ESTALE when no name leads to the inode. */
  path(inode: Inode): string {
    if (inode === this.root) return '/'
    const names: string[] = []
    let node: Inode = inode
    while (node.parent) {
      names.push(node.name)
      node = node.parent
    }
    if (node !== this.root) {
      throw new ErrnoError('ESTALE', `"${inode.name}" was removed or replaced`)
    }
    return `/${names.toReversed().join('/')}`
  }

  childPath(parent: Inode, name: string): string {
    const path = this.path(parent)
    return path === '/' ? `/${name}` : `${path}/${name}`
  }

  /** Gives the inode another name; what had that name is detached. */
  move(inode: Inode, newParent: Inode, newName: string): void {
    if (inode.parent === newParent && inode.name === newName) return
    const replaced = newParent.children.get(newName)
    if (replaced) this.detach(replaced)
    inode.parent?.children.delete(inode.name)
    inode.parent = newParent
    inode.name = newName
    newParent.children.set(newName, inode)
  }

  /** No name leads to the inode any more; it stays for those who have it open. */
  detach(inode: Inode): void {
    const parent = inode.parent
    if (parent?.children.get(inode.name) === inode) parent.children.delete(inode.name)
    inode.parent = undefined
    inode.detached = true
    this.release(inode)
    if (parent) this.release(parent)
  }

  forget(nodeid: number, nlookup: number): void {
    const inode = this.#byNodeid.get(nodeid)
    if (!inode || inode === this.root) return
    inode.nlookup = Math.max(0, inode.nlookup - nlookup)
    this.release(inode)
  }

  /** Drops the inode, and then its ancestors, if nothing needs them any more. */
  release(inode: Inode): void {
    let node: Inode | undefined = inode
    while (node && !this.#isNeeded(node)) {
      const parent: Inode | undefined = node.parent
      this.#byNodeid.delete(node.nodeid)
      if (this.#byIno.get(node.ino) === node) this.#byIno.delete(node.ino)
      if (parent?.children.get(node.name) === node) parent.children.delete(node.name)
      this.#onForgotten(node)
      node = parent
    }
  }

  /** The number that a name has or would get. */
  inoOf(parent: Inode, name: string): number {
    return parent.children.get(name)?.ino ?? this.#freeIno(parent, name)
  }

  assertInvariants(): void {
    for (const inode of this.#byNodeid.values()) {
      const linked = inode.parent?.children.get(inode.name) === inode
      const sound = inode === this.root || (inode.detached ? !inode.parent : linked)
      if (!sound) throw new Error(`inode ${inode.nodeid} "${inode.name}" is linked wrongly`)
    }
  }

  #isNeeded(inode: Inode): boolean {
    const busy = inode.openCount > 0 || inode.changing > 0 || inode.localSize !== undefined
    return inode === this.root || inode.nlookup > 0 || inode.children.size > 0 || busy
  }

  #freeIno(parent: Inode, name: string): number {
    let ino = hash53(this.childPath(parent, name))
    while (ino <= rootNodeid || this.#byIno.has(ino)) ino += 1
    return ino
  }
}

/**
 * 53 bits of a path, so that numbers stay exact in JavaScript; two 32-bit FNV-1a style lanes with
 * different multipliers. Not for security: a collision costs only a step to the next number.
 */
function hash53(text: string): number {
  let low = 0x811c9dc5
  let high = 0x9e3779b9
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    low = Math.imul(low ^ unit, 0x01000193)
    high = Math.imul(high ^ unit, 0x85ebca6b)
  }
  low = Math.imul(low ^ (low >>> 16), 0x7feb352d)
  high = Math.imul(high ^ (high >>> 15), 0x846ca68b)
  return ((high ^ low) & 0x1fffff) * 2 ** 32 + ((low ^ (high >>> 13)) >>> 0)
}
