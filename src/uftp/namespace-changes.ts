/**
 * Renaming and removing. `isRepetition`: the same change was under way when a session broke, so
 * "does not exist" may mean that it was carried out.
 */

import { abortable } from '../support/abortable.ts'
import { isErrno } from '../support/errno-error.ts'
import { queryStatLine } from './attribute-query.ts'
import type { Session } from './session.ts'
import { command, pathArgument } from './wire/commands.ts'

/**
 * rename(2) by RNFR and RNTO. Never in one packet: stock UFTPD keeps the RNFR of before, so an RNTO
 * behind a refused RNFR would rename another file.
 */
export async function renamePath(
  session: Session,
  from: string,
  to: string,
  isRepetition: boolean,
  signal?: AbortSignal,
): Promise<void> {
  const release = await session.sequenceLock.acquire(signal)
  const renaming = (async () => {
    await session.call(command('RNFR', pathArgument(from)))
    await session.call(command('RNTO', pathArgument(to)))
  })().finally(release)
  try {
    await abortable(renaming, signal)
  } catch (error) {
    if (!isRepetition || !isErrno(error, 'ENOENT')) throw error
    await queryStatLine(session, to, signal)
  }
}

/** DELE for files (and links of any kind), RMD for directories. */
export async function removeEntry(
  session: Session,
  verb: 'DELE' | 'RMD',
  path: string,
  isRepetition: boolean,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await session.call(command(verb, pathArgument(path)), signal)
  } catch (error) {
    if (!isRepetition || !isErrno(error, 'ENOENT')) throw error
  }
}
