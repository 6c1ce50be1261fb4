/**
 * What can be new in a directory, each made by one command that also gives mode and owner. Where the
 * server lacks the command, files and directories are made as file-creation.ts does, the rest is
 * EPERM. An owner is named only to servers that say that they give files away: those take it for
 * links as well.
 */

import { abortable } from '../support/abortable.ts'
import { ErrnoError, isErrno } from '../support/errno-error.ts'
import type { Owner } from './agreement.ts'
import { changeQuery, queryAttributes } from './attribute-query.ts'
import type { EntryAttributes } from './file-attributes.ts'
import { createDirectory, createFile } from './file-creation.ts'
import type { Session } from './session.ts'
import { escapedArgument, siteCommand, type Command } from './wire/commands.ts'
import type { SiteCommand } from './wire/features.ts'

interface NewNode {
  readonly kind: 'file' | 'directory' | 'fifo' | 'socket'
  readonly mode: number
  readonly owner: Owner | undefined
}

interface NewSymlink {
  readonly kind: 'symlink'
  readonly target: string
  readonly owner: Owner | undefined
}

interface NewLink {
  readonly kind: 'link'
  /** The server's path of the file. */
  readonly existing: string
}

export type NewEntry = NewNode | NewSymlink | NewLink

const siteCommandOf: Readonly<Record<NewEntry['kind'], SiteCommand>> = {
  file: 'CREATE',
  directory: 'MKDIR',
  fifo: 'MKNOD',
  socket: 'MKNOD',
  symlink: 'SYMLINK',
  link: 'LINK',
}

/**
 * EEXIST when the path exists. `isRepetition`: the same was under way when a session broke; what is
 * there then and looks like it counts as made.
 */
export async function makeEntry(
  session: Session,
  path: string,
  entry: NewEntry,
  isRepetition: boolean,
  signal?: AbortSignal,
): Promise<EntryAttributes> {
  if (!session.traits.has(siteCommandOf[entry.kind])) {
    return makeWithout(session, path, entry, isRepetition, signal)
  }
  const make = makingCommand(path, entry)
  const query = changeQuery(session, path, make)
  try {
    return await abortable(query.read(session.send(query.commands)), signal)
  } catch (error) {
    if (!isRepetition || !isErrno(error, 'EEXIST')) throw error
    const found = await queryAttributes(session, path, signal)
    if (await isMade(session, entry, found, signal)) return found
    throw error
  }
}

async function makeWithout(
  session: Session,
  path: string,
  entry: NewEntry,
  isRepetition: boolean,
  signal: AbortSignal | undefined,
): Promise<EntryAttributes> {
  const { kind } = entry
  if (kind === 'file') return createFile(session, path, entry.mode, isRepetition, signal)
  if (kind === 'directory') return createDirectory(session, path, entry.mode, isRepetition, signal)
  throw new ErrnoError('EPERM', `make the ${kind} ${path}`)
}

function makingCommand(path: string, entry: NewEntry): Command {
  const name = escapedArgument(path)
  const site = siteCommandOf[entry.kind]
  if (entry.kind === 'link') return siteCommand(site, escapedArgument(entry.existing), name)
  const owner = entry.owner ? [`${entry.owner.uid}:${entry.owner.gid}`] : []
  if (entry.kind === 'symlink') {
    return siteCommand(site, ...owner, escapedArgument(entry.target), name)
  }
  const type = site === 'MKNOD' ? [entry.kind] : []
  const mode = (entry.mode & 0o7777).toString(8).padStart(3, '0')
  return siteCommand(site, ...type, [mode, ...owner].join(':'), name)
}

async function isMade(
  session: Session,
  entry: NewEntry,
  found: EntryAttributes,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (entry.kind === 'link') {
    const { fileId } = await queryAttributes(session, entry.existing, signal)
    return fileId !== undefined && fileId === found.fileId
  }
  if (entry.kind === 'symlink') return found.linkTarget === entry.target
  return found.type === entry.kind && (found.type !== 'file' || found.size === 0)
}
