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
 * Other sessions are kept away from the file for that time (path-gate.ts), and on this one nothing comes
 * between the commands of a packet.
 *
 * If the session dies within the window, the next session gives the file its name back
 * (`restoreNames`). If that name has been taken meanwhile, the file stays under the temporary one,
 * which the log tells.
 */

import { randomBytes } from 'node:crypto'
import { abortable } from '../support/abortable.ts'
import { ErrnoError, isErrno } from '../support/errno-error.ts'
import { setsBothTimes } from './agreement.ts'
import { queryStatLine } from './attribute-query.ts'
import { accepted, isBlankRefusal } from './reply-errno.ts'
import type { ServerTraits } from './server-traits.ts'
import type { Session } from './session.ts'
import { command, type Command } from './wire/commands.ts'

/** Whether a change of its attributes may take the file's name away for the moment. */
export function mayBeRenamedToChange(traits: ServerTraits, path: string): boolean {
  return path.includes(' ') && !setsBothTimes(traits.agreement)
}

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
      await session.call(make(session.traits.argument(path)), signal)
      return
    } catch (error) {
      if (!isBlankRefusal(error)) throw error
      traits.takesBlanksInFacts = false
    }
  }
  const open = await traits.gate.shut(path, signal)
  const change = session.sequenceLock.run(() => changeAround(session, path, make))
  await abortable(change.finally(open), signal)
}

/** Gives files back the names they lost when a session died. To be called on a fresh session. */
export async function restoreNames(session: Session): Promise<void> {
  if (session.traits.displaced.size === 0) return
  await session.sequenceLock.run(async () => {
    for (const [path, { temporaryPath, isAbandoned }] of session.traits.displaced) {
      if (isAbandoned()) await restoreName(session, path, temporaryPath)
    }
  })
}

async function changeAround(
  session: Session,
  path: string,
  make: (name: string) => Command,
): Promise<void> {
  if (!path.startsWith('/')) throw new ErrnoError('EOPNOTSUPP', `change ${path}: it has blanks`)
  const slash = path.lastIndexOf('/')
  const name = path.slice(slash + 1)
  await session.call(command('CWD', session.traits.argument(path.slice(0, slash) || '/')))
  if (name.includes(' ')) await renameAround(session, path, make)
  else await session.call(make(session.traits.argument(`./${name}`)))
}

/** The current directory is that of the file. */
async function renameAround(
  session: Session,
  path: string,
  make: (name: string) => Command,
): Promise<void> {
  const { displaced } = session.traits
  const name = `.uftp-mount-${randomBytes(8).toString('hex')}`
  await session.call(command('RNFR', session.traits.argument(path)))
  const away = command('RNTO', name)
  const change = make(name)
  const back = command('RNTO', session.traits.argument(path))
  displaced.set(path, {
    temporaryPath: path.slice(0, path.lastIndexOf('/') + 1) + name,
    isAbandoned: () => !session.isAlive,
  })
  const [leaving, changing, , returning] = session.send([away, change, command('RNFR', name), back])
  const left = await leaving!
  if (!away.spec.accepts.includes(left.code)) displaced.delete(path)
  accepted(away, left)
  const returned = await returning!
  displaced.delete(path)
  if (!back.spec.accepts.includes(returned.code)) reportDisplaced(session, path, name)
  accepted(back, returned)
  accepted(change, await changing!)
}

async function restoreName(session: Session, path: string, temporary: string): Promise<void> {
  const { displaced } = session.traits
  if (await isThere(session, temporary)) {
    if (await isThere(session, path)) {
      reportDisplaced(session, path, temporary)
    } else {
      await session.call(command('RNFR', session.traits.argument(temporary)))
      await session.call(command('RNTO', session.traits.argument(path)))
    }
  }
  displaced.delete(path)
}

async function isThere(session: Session, path: string): Promise<boolean> {
  try {
    await queryStatLine(session, path)
    return true
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false
    throw error
  }
}

function reportDisplaced(session: Session, path: string, temporary: string): void {
  session.log.error('a file could not get its name back', { path, temporary })
}
