/**
 * Making what has a name: files and directories. The far side can make nothing else; what it cannot
 * make is refused as Linux does it, after the name itself has been judged.
 */

import { ErrnoError, isErrno } from '../support/errno-error.ts'
import type { FileType } from './attributes.ts'
import type { Changes } from './changes.ts'
import type { EntryView } from './entry-view.ts'
import type { Entry, OpenedFile, OpenFlags } from './filesystem.ts'
import type { Inode } from './inode.ts'
import type { InodeTable } from './inode-table.ts'
import type { Names } from './names.ts'
import type { Namespace } from './namespace.ts'
import type { OpenFiles } from './open-files.ts'

export interface NewEntriesContext {
  readonly table: InodeTable
  readonly names: Names
  readonly namespace: Namespace
  readonly files: OpenFiles
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
    signal?: AbortSignal,
  ): Promise<CreatedFile> {
    const { table, files, changes } = this.#context
    changes.assertAllowed()
    const creating = this.#createOrOpen(table.get(parent), name, mode & permissionBits, flags)
    return changes.follow(creating, signal, ({ entry, file }) => {
      table.forget(entry.nodeid, 1)
      return files.release(file.fh)
    })
  }

  async makeDirectory(
    parent: number,
    name: string,
    mode: number,
    signal?: AbortSignal,
  ): Promise<Entry> {
    const { table, namespace, changes } = this.#context
    changes.assertAllowed()
    const making = namespace.makeDirectory(table.get(parent), name, mode & permissionBits)
    return this.#entryOf(making, signal)
  }

  /** EPERM for what is no regular file. */
  async makeNode(
    parent: number,
    name: string,
    type: FileType,
    mode: number,
    signal?: AbortSignal,
  ): Promise<Entry> {
    const { table, namespace, changes } = this.#context
    changes.assertAllowed()
    if (type !== 'file') return this.refuse(parent, name, `a ${type}`, signal)
    const making = namespace.createFile(table.get(parent), name, mode & permissionBits)
    return this.#entryOf(making, signal)
  }

  /** Refuses to make what the far side does not have: EEXIST if the name is taken, else EPERM. */
  async refuse(parent: number, name: string, what: string, signal?: AbortSignal): Promise<never> {
    const { table, names, changes } = this.#context
    changes.assertAllowed()
    const existing = await names.lookup(table.get(parent), name, signal)
    if (!existing) throw new ErrnoError('EPERM', `the far side cannot make ${what}`)
    table.release(existing) // if only this question made it known
    throw new ErrnoError('EEXIST', `"${name}"`)
  }

  #entryOf(making: Promise<Inode>, signal: AbortSignal | undefined): Promise<Entry> {
    const { table, view, changes } = this.#context
    const entry = making.then((inode) => view.entry(inode))
    return changes.follow(entry, signal, ({ nodeid }) => table.forget(nodeid, 1))
  }

  async #createOrOpen(
    directory: Inode,
    name: string,
    mode: number,
    flags: OpenFlags,
  ): Promise<CreatedFile> {
    const { table, names, namespace, files, view } = this.#context
    try {
      const inode = await namespace.createFile(directory, name, mode)
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
