/**
 * Changes of a file's mode and owner (MFF).
 */

import { ErrnoError } from '../support/errno-error.ts'
import { knowsOwners, type Owner } from './agreement.ts'
import { withBlankNames } from './blank-names.ts'
import type { Session } from './session.ts'
import { command, type Command } from './wire/commands.ts'

export async function setMode(
  session: Session,
  path: string,
  mode: number,
  signal?: AbortSignal,
): Promise<void> {
  await withBlankNames(session, path, (name) => modeCommand(mode, name), signal)
}

/** Of the path itself, also if it is a link. EPERM where the server cannot be told. */
export async function setOwner(
  session: Session,
  path: string,
  owner: Partial<Owner>,
  signal?: AbortSignal,
): Promise<void> {
  const { uid, gid } = owner
  if (uid === undefined && gid === undefined) return
  if (!knowsOwners(session.traits.agreement)) throw new ErrnoError('EPERM', `chown ${path}`)
  const facts =
    (uid === undefined ? '' : `UNIX.uid=${uid};`) + (gid === undefined ? '' : `UNIX.gid=${gid};`)
  await session.call(command('MFF', facts, session.traits.argument(path)), signal)
}

function modeCommand(mode: number, name: string): Command {
  return command('MFF', `UNIX.mode=${(mode & 0o7777).toString(8)};`, name)
}
