/**
 * Changes of names: make, link, remove, rename.
 *
 * Nothing here takes a signal: a change that has been sent may happen, so it is followed to its end
 * even if whoever asked for it was interrupted.
 */

import { ErrnoError, isErrno } from '../support/errno-error.ts'
import type { RemoteAttributes } from './attributes.ts'
import type { RenameFlags } from './filesystem.ts'
import type { HiddenFiles } from './hidden-files.ts'
import type { Inode } from './inode.ts'
import type { NameRemoval } from './name-removal.ts'
import { checkName, type Names, type NamesContext } from './names.ts'
import type { Place } from './place.ts'
import type { WriteBack } from './write-back.ts'

export interface NamespaceContext extends NamesContext {
  readonly names: Names
  readonly writeBack: WriteBack
  readonly removal: NameRemoval
  readonly hidden: HiddenFiles
}

export class Namespace {
  readonly #context: NamespaceContext

  constructor(context: NamespaceContext) {
    this.#context = context
  }

  /** Makes what has the name then. EEXIST if the name exists. */
  async make(
    { parent, name }: Place,
    make: (path: string) => Promise<RemoteAttributes>,
  ): Promise<Inode> {
    checkName(name)
    const { table, attributes, listings, names } = this.#context
    const path = table.childPath(parent, name)
    const made = await attributes
      .change([parent], () => make(path))
      .catch((error: unknown) => {
        if (isErrno(error, 'EEXIST')) listings.forget(parent, name)
        throw error
      })
    const inode = table.internNew(parent, name, made)
    attributes.adoptOwn(inode, made)
    attributes.expire(parent)
    listings.added(parent, name, made)
    if (made.type === 'directory') names.madeEmpty(inode)
    return inode
  }

  /** A further name. */
  async link(inode: Inode, { parent, name }: Place): Promise<void> {
    checkName(name)
    const { table, remote, attributes, listings, gate, clock } = this.#context
    if (inode.type === 'directory') throw new ErrnoError('EPERM', `link "${inode.name}"`)
    const isRemoved = inode.detached || (inode.hidden && inode.names.length === 1)
    if (isRemoved) throw new ErrnoError('ENOENT', `link "${inode.name}"`)
    try {
      const path = table.childPath(parent, name)
      const { fileId, nlink, ctimeNs } = await gate.transfer(inode, () =>
        attributes.change([parent, inode], () => remote.link(table.path(inode), path)),
      )
      table.addName(inode, parent, name, clock.monotonicMs())
      // Size and times of the answer may be older than what is being written.
      attributes.amend(inode, {
        ...(fileId !== undefined && { fileId }),
        ...(nlink !== undefined && { nlink }),
        ...(ctimeNs !== undefined && { ctimeNs }),
      })
      if (ctimeNs === undefined) attributes.statusChanged(inode)
      attributes.expire(parent)
      listings.added(parent, name, inode.remote)
    } catch (error) {
      if (isErrno(error, 'EEXIST')) listings.forget(parent, name)
      throw error
    } finally {
      table.release(inode) // the kernel may have forgotten it meanwhile
    }
  }

  async unlink(parent: Inode, name: string): Promise<void> {
    const { table, gate, hidden, removal } = this.#context
    const inode = await this.#existing(parent, name)
    const place = { parent, name }
    try {
      if (inode.type === 'directory') throw new ErrnoError('EISDIR', `unlink "${name}"`)
      await this.#writeForOthers(inode)
      await gate.shut([inode], () => {
        assertNamed(inode, place)
        return mustStay(inode) ? hidden.hide(inode, place) : removal.removeFile(inode, place)
      })
      await hidden.released(inode) // if its last handle went while it was being hidden
    } finally {
      table.release(inode) // known only to us
    }
  }

  async removeDirectory(parent: Inode, name: string): Promise<void> {
    const { table, gate, removal, hidden } = this.#context
    const inode = await this.#existing(parent, name)
    try {
      if (inode.type !== 'directory') throw new ErrnoError('ENOTDIR', `rmdir "${name}"`)
      await gate.shut([inode], async () => {
        await hidden.moveOut(inode, parent)
        await removal.removeDirectory(inode, { parent, name })
      })
    } finally {
      table.release(inode) // as above
    }
  }

  async rename(
    parent: Inode,
    name: string,
    newParent: Inode,
    newName: string,
    flags: RenameFlags,
  ): Promise<void> {
    checkName(newName)
    const { names, gate, table, hidden, remote } = this.#context
    if (flags.exchange && !remote.capabilities.has('exchange')) {
      throw new ErrnoError('EINVAL', 'rename with RENAME_EXCHANGE')
    }
    const [from, to] = [
      { parent, name },
      { parent: newParent, name: newName },
    ]
    const source = await this.#existing(parent, name)
    const moved = [source]
    try {
      const target = await names.lookup(newParent, newName)
      if (target) moved.push(target)
      if (target && flags.noReplace) throw new ErrnoError('EEXIST', `rename to "${newName}"`)
      if (!target && flags.exchange) throw new ErrnoError('ENOENT', `"${newName}"`)
      if (target === source) return // also by another name of it, as rename(2) says
      if (target && !flags.exchange) await this.#writeForOthers(target)
      await gate.shut(moved, () => {
        assertNamed(source, from)
        if (!target) return this.#move(source, from, to, flags)
        assertNamed(target, to)
        if (flags.exchange) return this.#exchange(source, from, target, to)
        return this.#replace(source, from, target, to)
      })
      if (target) await hidden.released(target) // as above
    } finally {
      for (const inode of moved) table.release(inode) // forgotten meanwhile, or known only to us
    }
  }

  async #existing(parent: Inode, name: string): Promise<Inode> {
    const inode = await this.#context.names.lookup(parent, name)
    if (!inode) throw new ErrnoError('ENOENT', `"${name}"`)
    return inode
  }

  /** Names that we do not know of may lead to the file: they get what is still to be written. */
  async #writeForOthers(inode: Inode): Promise<void> {
    const { nlink } = inode.remote
    if (inode.type === 'file' && nlink !== undefined && nlink > inode.names.length) {
      await this.#context.writeBack.flush(inode)
    }
  }

  async #replace(source: Inode, from: Place, target: Inode, to: Place): Promise<void> {
    const { hidden, removal } = this.#context
    const keep = target.type === 'file' && source.type !== 'directory' && mustStay(target)
    if (keep) await hidden.hide(target, to)
    if (target.type === 'directory') await hidden.moveOut(target, to.parent)
    try {
      await this.#renameThere([source], from, to, 'replace')
    } catch (error) {
      if (keep) await hidden.unhide(target, to)
      throw error
    }
    if (!keep) removal.removed(target, to)
    this.#moved(source, from, to)
  }

  async #move(source: Inode, from: Place, to: Place, { noReplace }: RenameFlags): Promise<void> {
    const { remote, listings } = this.#context
    // Elsewhere something that comes to be there in this moment is replaced.
    const isExclusive = noReplace && remote.capabilities.has('exclusive-rename')
    try {
      await this.#renameThere([source], from, to, isExclusive ? 'exclusive' : 'replace')
    } catch (error) {
      if (isErrno(error, 'EEXIST')) listings.forget(to.parent, to.name)
      throw error
    }
    this.#moved(source, from, to)
  }

  async #exchange(source: Inode, from: Place, target: Inode, to: Place): Promise<void> {
    const { table, attributes, listings } = this.#context
    await this.#renameThere([source, target], from, to, 'exchange')
    table.exchange(from, to)
    listings.added(to.parent, to.name, source.remote)
    listings.added(from.parent, from.name, target.remote)
    for (const inode of [source, target]) attributes.statusChanged(inode)
    for (const { parent } of [from, to]) attributes.expire(parent)
  }

  async #renameThere(
    moved: readonly Inode[],
    from: Place,
    to: Place,
    how: 'replace' | 'exclusive' | 'exchange',
  ): Promise<void> {
    const { remote, table, attributes } = this.#context
    const fromPath = table.childPath(from.parent, from.name)
    const toPath = table.childPath(to.parent, to.name)
    await attributes.change([from.parent, to.parent, ...moved], () =>
      remote.rename(fromPath, toPath, how),
    )
  }

  #moved(source: Inode, from: Place, to: Place): void {
    const { table, attributes, listings } = this.#context
    table.move(source, from, to.parent, to.name)
    listings.removed(from.parent, from.name)
    listings.added(to.parent, to.name, source.remote)
    attributes.statusChanged(source)
    attributes.expire(from.parent)
    attributes.expire(to.parent)
  }
}

/** Those who have it open need a name, and it has no other one that is known. */
function mustStay(inode: Inode): boolean {
  return inode.openCount > 0 && inode.names.length < 2
}

/** Another change may have taken the name while this one waited. */
function assertNamed(inode: Inode, { parent, name }: Place): void {
  if (!inode.nameIn(parent, name)) throw new ErrnoError('ENOENT', `"${name}"`)
}
