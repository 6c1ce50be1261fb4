/**
 * Making what has a name. What the far side cannot make is refused as Linux does it, after the name
 * itself has been judged.
 */

import { ErrnoError, isErrno } from '../support/errno-error.ts'
import type { FileType } from './attributes.ts'
import type { Changes } from './changes.ts'
import type { EntryView } from './entry-view.ts'
import type { Caller, Entry, OpenedFile, OpenFlags } from './filesystem.ts'
import type { Inode } from './inode.ts'
import type { InodeTable } from './inode-table.ts'
import type { Names } from './names.ts'
import type { Namespace } from './namespace.ts'
import type { OpenFiles } from './open-files.ts'
import type { Ownership } from './ownership.ts'
import type { Remote } from './remote.ts'

export interface NewEntriesContext {
  readonly table: InodeTable
  readonly remote: Remote
  readonly names: Names
  readonly namespace: Namespace
  readonly files: OpenFiles
  readonly ownership: Ownership
  readonly view: EntryView
  readonly changes: Changes
}

export interface CreatedFile {
  readonly entry: Entry
  readonly file: OpenedFile
}

/** The bits of a mode that a far side keeps. */
const permissionBits = 0o7777

export class NewEntries {
  readonly #context: NewEntriesContext

  constructor(context: NewEntriesContext) {
    this.#context = context
  }

  /** open(2) with O_CREAT. */
  async create(
    parent: number,
    name: string,
    mode: number,
    flags: OpenFlags,
    caller: Caller,
  ): Promise<CreatedFile> {
    const { table, files, changes } = this.#context
    changes.assertAllowed()
    const creating = this.#createOrOpen(table.get(parent), name, mode, flags, caller)
    return changes.follow(creating, caller.signal, ({ entry, file }) => {
      table.forget(entry.nodeid, 1)
      return files.release(file.fh)
    })
  }

  async makeDirectory(parent: number, name: string, mode: number, caller: Caller): Promise<Entry> {
    const { table, remote, ownership, namespace, changes } = this.#context
    changes.assertAllowed()
    const directory = table.get(parent)
    const owner = ownership.ofNew(directory, caller)
    const making = namespace.make({ parent: directory, name }, (path) =>
      remote.makeDirectory(path, mode & permissionBits, owner),
    )
    return this.#entryOf(making, caller)
  }

  /** EPERM for what the far side cannot make. */
  async makeNode(
    parent: number,
    name: string,
    type: FileType,
    mode: number,
    caller: Caller,
  ): Promise<Entry> {
    const { table, remote, ownership, namespace, changes } = this.#context
    changes.assertAllowed()
    const directory = table.get(parent)
    const bits = mode & permissionBits
    if (type === 'file') return this.#entryOf(this.#makeFile(directory, name, bits, caller), caller)
    const isPossible = (type === 'fifo' || type === 'socket') && remote.capabilities.has('nodes')
    if (!isPossible) return this.#refuse(parent, name, `a ${type}`, caller)
    const owner = ownership.ofNew(directory, caller)
    const making = namespace.make({ parent: directory, name }, (path) =>
      remote.makeNode(path, type, bits, owner),
    )
    return this.#entryOf(making, caller)
  }

  /** EPERM where links cannot be made. */
  async makeSymlink(parent: number, name: string, target: string, caller: Caller): Promise<Entry> {
    const { table, remote, ownership, namespace, changes } = this.#context
    changes.assertAllowed()
    if (!remote.capabilities.has('links')) {
      return this.#refuse(parent, name, 'a symbolic link', caller)
    }
    if (target === '') throw new ErrnoError('ENOENT', 'a symbolic link to nothing')
    const directory = table.get(parent)
    const owner = ownership.ofNew(directory, caller)
    const making = namespace.make({ parent: directory, name }, (path) =>
      remote.makeSymlink(path, target, owner),
    )
    return this.#entryOf(making, caller)
  }

  /** As above. */
  async link(nodeid: number, parent: number, name: string, caller: Caller): Promise<Entry> {
    const { table, remote, namespace, changes } = this.#context
    changes.assertAllowed()
    if (!remote.capabilities.has('links')) return this.#refuse(parent, name, 'a hard link', caller)
    const inode = table.get(nodeid)
    const linking = namespace.link(inode, { parent: table.get(parent), name })
    return this.#entryOf(
      linking.then(() => inode),
      caller,
    )
  }

  /** Refuses to make what the far side does not have: EEXIST if the name is taken, else EPERM. */
  async #refuse(parent: number, name: string, what: string, caller: Caller): Promise<never> {
    const { table, names } = this.#context
    const existing = await names.lookup(table.get(parent), name, caller.signal)
    if (!existing) throw new ErrnoError('EPERM', `the far side cannot make ${what}`)
    table.release(existing) // if only this question made it known
    throw new ErrnoError('EEXIST', `"${name}"`)
  }

  #entryOf(making: Promise<Inode>, { signal }: Caller): Promise<Entry> {
    const { table, view, changes } = this.#context
    const entry = making.then((inode) => view.entry(inode))
    return changes.follow(entry, signal, ({ nodeid }) => table.forget(nodeid, 1))
  }

  #makeFile(parent: Inode, name: string, mode: number, caller: Caller): Promise<Inode> {
    const { remote, ownership, namespace } = this.#context
    const owner = ownership.ofNew(parent, caller)
    return namespace.make({ parent, name }, (path) => remote.create(path, mode, owner))
  }

  async #createOrOpen(
    directory: Inode,
    name: string,
    mode: number,
    flags: OpenFlags,
    caller: Caller,
  ): Promise<CreatedFile> {
    const { table, names, files, view } = this.#context
    try {
      const inode = await this.#makeFile(directory, name, mode & permissionBits, caller)
      return { entry: view.entry(inode), file: files.openCreated(inode, flags) }
    } catch (error) {
      if (flags.exclusive || !isErrno(error, 'EEXIST')) throw error
    }
    const inode = await names.lookup(directory, name)
    if (!inode) throw new ErrnoError('ESTALE', `create "${name}"`)
    const entry = view.entry(inode)
    try {
      return { entry, file: await files.open(inode, flags) }
    } catch (error) {
      table.forget(inode.nodeid, 1)
      throw error
    }
  }
}
