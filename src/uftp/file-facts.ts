/**
 * Changes of a file's facts: mode (MFF) and modification time (MFMT).
 */

import type { Session } from './session.ts'
import { withBlankNames } from './blank-names.ts'
import { command, type Command } from './wire/commands.ts'

export async function setMode(
  session: Session,
  path: string,
  mode: number,
  signal?: AbortSignal,
): Promise<void> {
  await withBlankNames(session, path, (name) => modeCommand(mode, name), signal)
}

function modeCommand(mode: number, name: string): Command {
  return command('MFF', `UNIX.mode=${(mode & 0o7777).toString(8)};`, name)
}
