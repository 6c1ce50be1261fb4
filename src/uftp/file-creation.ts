/**
 * New files and directories. Stock UFTPD has no way to give a mode at creation, nor an exclusive
 * one for files: the check comes first, and the mode follows.
 */

import { abortable } from '../support/abortable.ts'
import { ErrnoError, isErrno } from '../support/errno-error.ts'
import { attributeQuery, queryAttributes, queryStatLine } from './attribute-query.ts'
import type { EntryAttributes } from './file-attributes.ts'
import { setMode } from './file-facts.ts'
import { accepted } from './reply-errno.ts'
import type { Session } from './session.ts'
import { command } from './wire/commands.ts'

/**
 * An empty regular file. EEXIST when the path exists; another client can slip in between.
 * A repetition finds the file that the broken attempt may have made, and takes it.
 */
export async function createFile(
  session: Session,
  path: string,
  mode: number,
  isRepetition: boolean,
  signal?: AbortSignal,
): Promise<EntryAttributes> {
  if (!isRepetition) await refuseExisting(session, path, signal)
  // An empty range needs no data connection.
  const stor = command('STOR', session.traits.argument(path))
  const [, made] = session.send([command('RANG', 0, 0), stor])
  // Right behind: what the server makes of its umask is seldom what is wanted.
  const changed = setMode(session, path, mode)
  changed.catch(() => {}) // of no interest if there is no file
  const asked = queryAttributes(session, path)
  asked.catch(() => {})
  accepted(stor, await abortable(made!, signal))
  await abortable(changed, signal)
  const attributes = await abortable(asked, signal)
  return hasMode(attributes, mode) ? attributes : withMode(attributes, mode)
}

export async function createDirectory(
  session: Session,
  path: string,
  mode: number,
  isRepetition: boolean,
  signal?: AbortSignal,
): Promise<EntryAttributes> {
  try {
    return await makeDirectory(session, path, mode, signal)
  } catch (error) {
    if (!isRepetition || !isErrno(error, 'EEXIST')) throw error
    const attributes = await queryAttributes(session, path, signal)
    if (attributes.type !== 'directory') throw error
    await setMode(session, path, mode, signal)
    return withMode(attributes, mode)
  }
}

/** Its mode is set only when it is known to be ours: MKD refuses what exists. */
async function makeDirectory(
  session: Session,
  path: string,
  mode: number,
  signal: AbortSignal | undefined,
): Promise<EntryAttributes> {
  const make = command('MKD', session.traits.argument(path))
  const query = attributeQuery(session, path)
  const [made, ...answers] = session.send([make, ...query.commands])
  accepted(make, await abortable(made!, signal))
  const attributes = await abortable(query.read(answers), signal)
  if (hasMode(attributes, mode)) return attributes
  await setMode(session, path, mode, signal)
  return withMode(attributes, mode)
}

/** A server that tells no modes has the one it was given, as far as anybody sees. */
function hasMode(attributes: EntryAttributes, mode: number): boolean {
  return attributes.mode === undefined || attributes.mode === mode
}

/** What the mode allows is asked for when needed. */
function withMode(attributes: EntryAttributes, mode: number): EntryAttributes {
  return { ...attributes, mode, access: undefined }
}

async function refuseExisting(
  session: Session,
  path: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    await queryStatLine(session, path, signal)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return
    throw error
  }
  throw new ErrnoError('EEXIST', `create ${path}`)
}
