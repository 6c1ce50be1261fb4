/**
 * New files and directories. Stock UFTPD has no way to give a mode at creation, nor an exclusive
 * one for files: the check comes first, the mode is set when it is known to be needed.
 */

import { abortable } from '../support/abortable.ts'
import { ErrnoError, isErrno } from '../support/errno-error.ts'
import { attributeQuery, queryAttributes, queryStatLine } from './attribute-query.ts'
import type { EntryAttributes } from './file-attributes.ts'
import { setMode } from './file-facts.ts'
import { accepted } from './reply-errno.ts'
import type { Session } from './session.ts'
import { command, type Command } from './wire/commands.ts'

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
  const commands = [command('RANG', 0, 0), command('STOR', session.traits.argument(path))]
  return make(session, path, commands, mode, signal)
}

export async function createDirectory(
  session: Session,
  path: string,
  mode: number,
  isRepetition: boolean,
  signal?: AbortSignal,
): Promise<EntryAttributes> {
  const commands = [command('MKD', session.traits.argument(path))]
  try {
    return await make(session, path, commands, mode, signal)
  } catch (error) {
    if (!isRepetition || !isErrno(error, 'EEXIST')) throw error
    const attributes = await queryAttributes(session, path, signal)
    if (attributes.type !== 'directory') throw error
    await setMode(session, path, mode, signal)
    return { ...attributes, mode, access: undefined }
  }
}

/** The last of `commands` makes the entry. */
async function make(
  session: Session,
  path: string,
  commands: readonly Command[],
  mode: number,
  signal: AbortSignal | undefined,
): Promise<EntryAttributes> {
  const query = attributeQuery(session, path)
  const replies = session.send([...commands, ...query.commands])
  accepted(commands.at(-1)!, await abortable(replies[commands.length - 1]!, signal))
  const attributes = await abortable(query.read(replies.slice(commands.length)), signal)
  if (attributes.mode === undefined || attributes.mode === mode) return attributes
  await setMode(session, path, mode, signal)
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
