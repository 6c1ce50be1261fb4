/**
 * Setting the modification time on a server that speaks local time, by way of ServerClock. If the
 * time cannot be reached, the old one is put back.
 */

import { ErrnoError } from '../support/errno-error.ts'
import { epochNsOf, timespecOf } from '../support/timespec.ts'
import { queryStatLine } from './attribute-query.ts'
import { withBlankNames } from './blank-names.ts'
import { mtimeNsOf } from './file-attributes.ts'
import type { ClockedFile } from './server-clock.ts'
import type { Session } from './session.ts'
import { command } from './wire/commands.ts'
import { formatTimeValue, parseFactLine, parseTimeValue } from './wire/facts.ts'

/** Whole seconds. EOPNOTSUPP when the time cannot be set rightly. */
export async function setLocalTime(session: Session, path: string, mtimeNs: bigint): Promise<void> {
  const wanted = epochNsOf(timespecOf(mtimeNs).seconds, 0)
  const { clock } = session.traits
  const file: ClockedFile = { set: (localNs) => setAndGet(session, path, localNs) }
  const offset = clock.offsetNs(wanted) ?? (await learnOffset(session, path))
  // The question leaves first, so it sees the old time.
  const [before, isReached] = await Promise.all([
    queryTime(session, path),
    clock.reach(wanted, offset, file),
  ])
  if (isReached) return
  if (!(await clock.reach(before, clock.offsetNs(before) ?? offset, file))) {
    session.log.warn('a file did not get its old modification time back', { path })
  }
  throw new ErrnoError(
    'EOPNOTSUPP',
    `set the time of ${path}: ambiguous in the server's local time`,
  )
}

async function queryTime(session: Session, path: string): Promise<bigint> {
  return mtimeNsOf(await queryStatLine(session, path))
}

/** The question follows on the heels of the change, so that no other write comes between. */
async function setAndGet(session: Session, path: string, localNs: bigint): Promise<bigint> {
  const isRenamedFor = path.includes(' ') && !session.traits.takesBlanksInFacts
  const time = formatTimeValue(localNs)
  const setting = withBlankNames(session, path, (name) => command('MFMT', time, name))
  if (isRenamedFor) await setting
  const [got] = await Promise.all([queryTime(session, path), setting])
  return got
}

/** From this very file: STAT and MLST tell its time both ways. */
async function learnOffset(session: Session, path: string): Promise<bigint> {
  const [line, reply] = await Promise.all([
    queryStatLine(session, path),
    session.call(command('MLST', session.traits.argument(path))),
  ])
  const modify = parseFactLine(reply.lines[0]?.slice(1) ?? '')?.facts.get('modify')
  const local = parseTimeValue(modify ?? '')
  if (local === undefined) throw new ErrnoError('EPROTO', `MLST tells no time of ${path}`)
  session.traits.clock.learn(mtimeNsOf(line), local)
  return local - mtimeNsOf(line)
}
