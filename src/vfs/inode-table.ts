/**
 * nodeid → Inode and the tree of names above it.
 *
 * nodeids count up and are never reused, so their generation is always 0. A file is one inode
 * whatever the number of its names, known by the far side's file id. Inode numbers are the far
 * side's, or come from the path, so that a file keeps its number when the kernel forgets and finds
 * it again; a number that is in use by another inode (of another device there) is stepped over.
 *
 * Invariants: an inode is a child under each of its names, or detached; every nodeid in the table
 * has a reason to be there (see `#isNeeded`). Synchronous: nothing can come in between.
 */

import { LRUCache } from 'lru-cache'
import { ErrnoError } from '../support/errno-error.ts'
import type { RemoteAttributes } from './attributes.ts'
import { isSameFile } from './file-identity.ts'
import { rootNodeid } from './filesystem.ts'
import { numberOfFile, numberOfPath } from './inode-number.ts'
import { Inode, type Name } from './inode.ts'
import type { Place } from './place.ts'

/** So many names that others have replaced are remembered. */
const replacedMax = 1000

export class InodeTable {
  readonly root: Inode
  readonly #onForgotten: (inode: Inode) => void
  readonly #byNodeid = new Map<number, Inode>()
  readonly #byIno = new Map<number, Inode>()
  /** All but directories: those have one name. */
  readonly #byFileId = new Map<string, Inode>()
  /** nodeid of the directory and name → the last inode's incarnation. */
  readonly #replaced = new LRUCache<string, number>({ max: replacedMax })
  #nextNodeid = rootNodeid + 1

  /** `onForgotten`: nothing leads to the inode any more. */
  constructor(root: RemoteAttributes, onForgotten: (inode: Inode) => void = () => {}) {
    this.#onForgotten = onForgotten
    this.root = new Inode(rootNodeid, rootNodeid, '', root)
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
   * The inode of a name that the far side has with these attributes: the known one if it is still
   * the same file, else one that is known by another name, else a new one.
   */
  intern(parent: Inode, name: string, attributes: RemoteAttributes): Inode {
    const known = parent.children.get(name)
    if (known && isSameFile(known.remote, attributes)) return known
    if (known) this.replaced(known, parent, name)
    const inode = this.#twin(attributes) ?? this.#add(parent, name, attributes)
    this.addName(inode, parent, name)
    return inode
  }

  /**
   * The inode of what was made just now: never one that is known from elsewhere, which must be gone
   * if its number was given away.
   */
  internNew(parent: Inode, name: string, attributes: RemoteAttributes): Inode {
    const { fileId } = attributes
    const known = parent.children.get(name)
    // A lookup may have found it already.
    if (known && fileId !== undefined && isSameFile(known.remote, attributes)) return known
    if (known) this.unname(known, parent, name)
    if (fileId !== undefined) this.#byFileId.delete(fileId)
    const inode = this.#add(parent, name, attributes)
    this.addName(inode, parent, name)
    return inode
  }

  /** A further name of the inode; what had that name loses it. */
  addName(inode: Inode, parent: Inode, name: string, seenAtMs = -Infinity): void {
    const other = parent.children.get(name)
    if (other === inode) return
    if (other) this.unname(other, parent, name)
    this.#connect(inode, [...inode.names, { parent, name, seenAtMs }])
  }

  /**
   * Its one name leads to another file without our doing. An inode that no program relies on follows
   * its name, so that who looked it up and has yet to open or read it gets the new file. False: it
   * must stay what it is, or the other file is known already.
   */
  follow(inode: Inode, attributes: RemoteAttributes): boolean {
    const isFile = inode.type === 'file' && attributes.type === 'file'
    const isBusy = inode.holderCount > 0 || inode.changing > 0 || inode.localSize !== undefined
    const [name, another] = inode.names
    // The kernel would mix up sizes under several readers, and fill what is missing with zeros.
    if (!isFile || isBusy || inode.openCount > 1) return false
    if (!name || another || this.#twin(attributes)) return false
    this.#forgetNumbers(inode)
    inode.ino = this.#freeIno(name.parent, name.name, attributes)
    this.#byIno.set(inode.ino, inode)
    inode.remote = attributes
    inode.incarnation += 1
    this.identify(inode)
    return true
  }

  /** The far side has told which file it is. */
  identify(inode: Inode): void {
    const { fileId } = inode.remote
    if (fileId === undefined || inode.type === 'directory') return
    if (!this.#byFileId.has(fileId)) this.#byFileId.set(fileId, inode)
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

  /** Gives the inode another name in place of one; what had that name loses it. */
  move(inode: Inode, from: Place, newParent: Inode, newName: string): void {
    if (from.parent === newParent && from.name === newName) return
    const other = newParent.children.get(newName)
    // A lookup may have found it there already.
    if (other === inode) return this.unname(inode, from.parent, from.name)
    if (other) this.unname(other, newParent, newName)
    if (from.parent.children.get(from.name) === inode) from.parent.children.delete(from.name)
    const moved = { parent: newParent, name: newName, seenAtMs: -Infinity }
    const old = inode.nameIn(from.parent, from.name)
    const others = inode.names.map((name) => (name === old ? moved : name))
    this.#connect(inode, old ? others : [...others, moved])
    this.release(from.parent)
  }

  /** Two inodes change names. */
  exchange(a: Place, b: Place): void {
    const [first, second] = [a.parent.children.get(a.name), b.parent.children.get(b.name)]
    if (!first || !second || first === second) return
    const firstName = first.nameIn(a.parent, a.name)
    const secondName = second.nameIn(b.parent, b.name)
    this.#connect(
      first,
      first.names.map((name) => (name === firstName ? { ...b, seenAtMs: -Infinity } : name)),
    )
    this.#connect(
      second,
      second.names.map((name) => (name === secondName ? { ...a, seenAtMs: -Infinity } : name)),
    )
  }

  /** Others have made the name lead to another file. */
  replaced(inode: Inode, parent: Inode, name: string): void {
    this.#replaced.set(`${parent.nodeid}/${name}`, inode.incarnation)
    this.unname(inode, parent, name)
  }

  /** The name leads to the inode no more. */
  unname(inode: Inode, parent: Inode, name: string): void {
    if (parent.children.get(name) === inode) parent.children.delete(name)
    const gone = inode.nameIn(parent, name)
    inode.names = inode.names.filter((known) => known !== gone)
    if (inode.names.length === 0) inode.detached = true
    const { fileId, nlink } = inode.remote
    // Its number may be given to another file at once.
    if (fileId !== undefined && nlink === 0 && this.#byFileId.get(fileId) === inode) {
      this.#byFileId.delete(fileId)
    }
    this.release(inode)
    this.release(parent)
  }

  /** No name leads to the inode any more; it stays for those who have it open. */
  detach(inode: Inode): void {
    for (const { parent, name } of inode.names) this.unname(inode, parent, name)
    inode.detached = true
  }

  forget(nodeid: number, nlookup: number): void {
    const inode = this.#byNodeid.get(nodeid)
    if (!inode || inode === this.root) return
    inode.nlookup = Math.max(0, inode.nlookup - nlookup)
    this.release(inode)
  }

  /** Drops the inode, and then its ancestors, if nothing needs them any more. */
  release(inode: Inode): void {
    if (this.#isNeeded(inode)) return
    this.#byNodeid.delete(inode.nodeid)
    this.#forgetNumbers(inode)
    this.#onForgotten(inode)
    for (const { parent, name } of inode.names) {
      if (parent.children.get(name) === inode) parent.children.delete(name)
      this.release(parent)
    }
  }

  /** The number that a name with these attributes has or would get. */
  inoOf(parent: Inode, name: string, attributes: RemoteAttributes): number {
    const known = parent.children.get(name)
    if (known && isSameFile(known.remote, attributes)) return known.ino
    return this.#twin(attributes)?.ino ?? this.#freeIno(parent, name, attributes)
  }

  assertInvariants(): void {
    for (const inode of this.#byNodeid.values()) {
      const linked = inode.names.every(({ parent, name }) => parent.children.get(name) === inode)
      const named = inode.names.length > 0 && (inode.type !== 'directory' || !inode.names[1])
      const sound = inode === this.root || inode.detached !== named
      if (!linked || !sound)
        throw new Error(`inode ${inode.nodeid} "${inode.name}" is linked wrongly`)
    }
  }

  #add(parent: Inode, name: string, attributes: RemoteAttributes): Inode {
    const ino = this.#freeIno(parent, name, attributes)
    const inode = new Inode(this.#nextNodeid++, ino, name, attributes)
    this.#byNodeid.set(inode.nodeid, inode)
    this.#byIno.set(ino, inode)
    inode.incarnation += this.#replaced.get(`${parent.nodeid}/${name}`) ?? 0
    this.identify(inode)
    return inode
  }

  #forgetNumbers(inode: Inode): void {
    const { fileId } = inode.remote
    if (this.#byIno.get(inode.ino) === inode) this.#byIno.delete(inode.ino)
    if (fileId !== undefined && this.#byFileId.get(fileId) === inode) this.#byFileId.delete(fileId)
  }

  #connect(inode: Inode, names: readonly Name[]): void {
    inode.names = names
    inode.detached = false
    for (const { parent, name } of names) parent.children.set(name, inode)
  }

  /**
   * The file, known by another name. One that has lost all its names must be known by its time of
   * birth as well: its number may have been given to another file, which must not get its bytes.
   */
  #twin(attributes: RemoteAttributes): Inode | undefined {
    const { fileId, birthTimeNs } = attributes
    const twin = fileId === undefined ? undefined : this.#byFileId.get(fileId)
    if (!twin || !isSameFile(twin.remote, attributes)) return undefined
    return twin.detached && birthTimeNs === undefined ? undefined : twin
  }

  #isNeeded(inode: Inode): boolean {
    const busy = inode.openCount > 0 || inode.changing > 0 || inode.localSize !== undefined
    const wanted = inode.nlookup > 0 || inode.children.size > 0 || inode.isExpected
    return inode === this.root || wanted || busy
  }

  #freeIno(parent: Inode, name: string, { fileId }: RemoteAttributes): number {
    let ino = numberOfFile(fileId) ?? numberOfPath(this.childPath(parent, name))
    while (ino <= rootNodeid || this.#byIno.has(ino)) ino += 1
    return ino
  }
}
