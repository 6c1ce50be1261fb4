/**
 * Removing entries. `isRepetition`: the same was under way when a session broke, so "does not exist"
 * means that it was carried out.
 */

import { isErrno } from '../support/errno-error.ts'
import type { Session } from './session.ts'
import { command } from './wire/commands.ts'

/** DELE for files (and links of any kind), RMD for directories. */
export async function removeEntry(
  session: Session,
  verb: 'DELE' | 'RMD',
  path: string,
  isRepetition: boolean,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await session.call(command(verb, session.traits.argument(path)), signal)
  } catch (error) {
    if (!isRepetition || !isErrno(error, 'ENOENT')) throw error
  }
}
