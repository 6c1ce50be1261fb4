/**
 * MFMT and MFF for paths with blanks. Stock UFTPD splits their arguments at every blank and refuses
 * such paths ("too many values to unpack"). The way round it:
 *
 * 1. a blank in the directory: `CWD` there and use the name alone (all other paths we send are
 *    absolute, so the current directory does not matter to them);
 * 2. a blank in the name: rename the file to a name without blanks in the same directory, change it,
 *    rename it back. RNFR of the file waits for its answer, because after a refused RNFR stock would
 *    let RNTO use an older name; the rest follows in one packet, so that the window in which the
 *    file has another name is the time the server needs for three commands.
 *
 * If the session dies within the window, the next session looks for the temporary name and renames
 * it back (`recover`). If the file cannot be given its name back, because somebody has taken it
 * meanwhile, it stays under the temporary name, which the log tells, and the call fails with EIO.
 */

import { randomBytes } from 'node:crypto'
import { abortable } from '../support/abortable.ts'
import { ErrnoError } from '../support/errno-error.ts'
import { accepted, isBlankRefusal } from './reply-errno.ts'
import type { Session } from './session.ts'
import { command, pathArgument, type Command } from './wire/commands.ts'

/** `make` builds the MFMT or MFF for a name. Throws what the server refuses. */
export async function withBlankNames(
  session: Session,
  path: string,
  make: (name: string) => Command,
  signal?: AbortSignal,
): Promise<void> {
  const { traits } = session
  if (!path.includes(' ') || traits.takesBlanksInFacts) {
    try {
      await session.call(make(pathArgument(path)), signal)
      return
    } catch (error) {
      if (!isBlankRefusal(error)) throw error
      traits.takesBlanksInFacts = false
    }
  }
  const release = await session.sequenceLock.acquire(signal)
  await abortable(changeAround(session, path, make).finally(release), signal)
}

async function changeAround(
  session: Session,
  path: string,
  make: (name: string) => Command,
): Promise<void> {
  if (!path.startsWith('/')) throw new ErrnoError('EOPNOTSUPP', `change ${path}: it has blanks`)
  const slash = path.lastIndexOf('/')
  const directory = path.slice(0, slash) || '/'
  const name = path.slice(slash + 1)
  await session.call(command('CWD', pathArgument(directory)))
  if (!name.includes(' ')) await session.call(make(pathArgument(`./${name}`)))
  else await renameAround(session, path, make)
}

async function renameAround(
  session: Session,
  path: string,
  make: (name: string) => Command,
): Promise<void> {
  const name = temporaryName()
  await session.call(command('RNFR', pathArgument(path)))
  const away = command('RNTO', name)
  const change = make(name)
  const back = command('RNTO', pathArgument(path))
  const batch = [away, change, command('RNFR', name), back]
  const [awayReply, changeReply, , backReply] = session.send(batch)
  accepted(away, await awayReply!)
  const returned = await backReply!
  if (!back.spec.accepts.includes(returned.code)) {
    session.log.error('a file kept its temporary name', { path, name })
    accepted(back, returned)
  }
  accepted(change, await changeReply!)
}

function temporaryName(): string {
  return `.uftp-mount-${randomBytes(8).toString('hex')}`
}
