/**
 * Changes of names: create, remove, rename.
 *
 * A file that is removed or replaced while it is open must stay readable and writable for those who
 * have it open, and the far side knows files only by name. So it is renamed to a hidden name and
 * removed when its last handle goes (as NFS clients do).
 *
 * Nothing here takes a signal: a change that has been sent may happen, so it is followed to its end
 * even if whoever asked for it was interrupted.
 */

import { ErrnoError, isErrno } from '../support/errno-error.ts'
import type { Logger } from '../support/logger.ts'
import type { RenameFlags } from './filesystem.ts'
import type { Inode } from './inode.ts'
import { checkName, type Names, type NamesContext } from './names.ts'
import type { WriteBack } from './write-back.ts'

export interface NamespaceContext extends NamesContext {
  readonly names: Names
  readonly writeBack: WriteBack
  readonly log: Logger
}

export class Namespace {
  readonly #context: NamespaceContext
  readonly #hidden = new Set<Inode>()

  constructor(context: NamespaceContext) {
    this.#context = context
  }

  /** EEXIST if the name exists. */
  async createFile(parent: Inode, name: string, mode: number): Promise<Inode> {
    return this.#make(parent, name, (path) => this.#context.remote.create(path, mode))
  }

  async makeDirectory(parent: Inode, name: string, mode: number): Promise<Inode> {
    return this.#make(parent, name, (path) => this.#context.remote.makeDirectory(path, mode))
  }

  async unlink(parent: Inode, name: string): Promise<void> {
    const { remote, table, gate, writeBack } = this.#context
    const inode = await this.#existing(parent, name)
    try {
      if (inode.type === 'directory') throw new ErrnoError('EISDIR', `unlink "${name}"`)
      await gate.shut([inode], async () => {
        if (inode.openCount > 0) return this.#hide(inode, parent)
        await this.#remove(parent, inode, () => remote.removeFile(table.childPath(parent, name)))
        writeBack.discard(inode)
      })
      await this.released(inode) // if its last handle went while it was being hidden
    } finally {
      table.release(inode) // known only to us
    }
  }

  async removeDirectory(parent: Inode, name: string): Promise<void> {
    const { remote, table, gate, listings } = this.#context
    const inode = await this.#existing(parent, name)
    try {
      if (inode.type !== 'directory') throw new ErrnoError('ENOTDIR', `rmdir "${name}"`)
      await gate.shut([inode], () =>
        this.#remove(parent, inode, () => remote.removeDirectory(table.childPath(parent, name))),
      )
      listings.drop(inode)
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
    if (flags.exchange) throw new ErrnoError('EINVAL', 'rename with RENAME_EXCHANGE')
    const { names, gate, table } = this.#context
    const source = await this.#existing(parent, name)
    const moved = [source]
    try {
      const target = await names.lookup(newParent, newName)
      if (target) moved.push(target)
      if (target && flags.noReplace) throw new ErrnoError('EEXIST', `rename to "${newName}"`)
      if (target === source) return
      await gate.shut(moved, () => this.#move(source, newParent, newName, target))
      if (target) await this.released(target) // as above
    } finally {
      for (const inode of moved) table.release(inode) // forgotten meanwhile, or known only to us
    }
  }

  /** The last handle is closed: a hidden file can go. */
  async released(inode: Inode): Promise<void> {
    if (inode.openCount > 0 || !this.#hidden.delete(inode)) return
    const { remote, table, gate, writeBack, log } = this.#context
    await gate.shut([inode], async () => {
      const { parent, name } = inode
      // The rename that it made room for may have failed: then it has its name back.
      if (!inode.hidden || !parent) return
      writeBack.discard(inode)
      try {
        await this.#remove(parent, inode, () => remote.removeFile(table.path(inode)))
      } catch (error) {
        log.warn('a removed file that was open is left under its hidden name', { name, error })
        table.detach(inode)
      }
    })
  }

  /** Removes what is still hidden, at unmount. */
  async removeHidden(): Promise<void> {
    for (const inode of this.#hidden) {
      inode.openCount = 0
      await this.released(inode)
    }
  }

  async #existing(parent: Inode, name: string): Promise<Inode> {
    const inode = await this.#context.names.lookup(parent, name)
    if (!inode) throw new ErrnoError('ENOENT', `"${name}"`)
    return inode
  }

  async #make(
    parent: Inode,
    name: string,
    make: (path: string) => Promise<Inode['remote']>,
  ): Promise<Inode> {
    checkName(name)
    const { table, attributes, listings } = this.#context
    const path = table.childPath(parent, name)
    const made = await attributes
      .change([parent], () => make(path))
      .catch((error: unknown) => {
        if (isErrno(error, 'EEXIST')) listings.forget(parent, name)
        throw error
      })
    const gone = table.child(parent, name) // known once, removed behind our back since
    if (gone) table.detach(gone)
    const inode = table.intern(parent, name, made)
    attributes.adoptOwn(inode, made)
    attributes.expire(parent)
    listings.added(parent, name, made)
    return inode
  }

  async #remove(parent: Inode, inode: Inode, remove: () => Promise<void>): Promise<void> {
    const { table, attributes, listings } = this.#context
    try {
      await attributes.change([parent, inode], remove)
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) throw error
      listings.removed(parent, inode.name)
      table.detach(inode)
      throw error
    }
    attributes.expire(parent)
    listings.removed(parent, inode.name)
    table.detach(inode)
  }

  async #move(
    source: Inode,
    newParent: Inode,
    newName: string,
    target: Inode | undefined,
  ): Promise<void> {
    const { remote, table, attributes, listings, writeBack } = this.#context
    const { parent, name } = source
    if (!parent) throw new ErrnoError('ENOENT', `"${name}"`)
    const keep = target?.type === 'file' && target.openCount > 0 && source.type !== 'directory'
    if (target && keep) await this.#hide(target, newParent)
    const from = table.path(source)
    const to = table.childPath(newParent, newName)
    try {
      await attributes.change([parent, newParent, source], () => remote.rename(from, to, 'replace'))
    } catch (error) {
      if (target && keep) await this.#unhide(target, newParent, newName).catch(() => {})
      throw error
    }
    if (target && !keep) writeBack.discard(target)
    table.move(source, newParent, newName)
    listings.removed(parent, name)
    listings.added(newParent, newName, source.remote)
    attributes.expire(parent)
    attributes.expire(newParent)
  }

  async #hide(inode: Inode, parent: Inode): Promise<void> {
    const shownName = inode.name
    await this.#renameWithin(inode, parent, this.#context.names.hiddenName())
    inode.hidden = true
    this.#hidden.add(inode)
    this.#context.listings.removed(parent, shownName)
  }

  /** The rename that it made room for has failed. */
  async #unhide(inode: Inode, parent: Inode, shownName: string): Promise<void> {
    const { listings, log } = this.#context
    const hiddenName = inode.name
    // Whatever happens now, this is no removed file: its last close must not remove it.
    this.#hidden.delete(inode)
    inode.hidden = false
    try {
      await this.#renameWithin(inode, parent, shownName)
      listings.added(parent, shownName, inode.remote)
    } catch (error) {
      log.error('a file is left under another name', { name: hiddenName, was: shownName, error })
      throw error
    }
  }

  async #renameWithin(inode: Inode, parent: Inode, newName: string): Promise<void> {
    const { remote, table, attributes } = this.#context
    const from = table.path(inode)
    const to = table.childPath(parent, newName)
    await attributes.change([parent, inode], () => remote.rename(from, to, 'replace'))
    table.move(inode, parent, newName)
    attributes.expire(parent)
  }
}
