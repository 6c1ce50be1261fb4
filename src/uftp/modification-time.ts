/**
 * Setting a file's modification time: right or refused. Every setting is checked by looking at the
 * file; if it did not become what was wanted, the old time is put back and the call refused.
 *
 * Servers that speak UTC take the time as it is, others by way of ServerClock.
 */

import { abortable } from '../support/abortable.ts'
import { ErrnoError } from '../support/errno-error.ts'
import { queryAttributes, queryStatLine } from './attribute-query.ts'
import { withBlankNames } from './blank-names.ts'
import { mtimeNsOf } from './file-attributes.ts'
import type { ClockedFile } from './server-clock.ts'
import type { Session } from './session.ts'
import { command, pathArgument } from './wire/commands.ts'
import { formatTimeValue, parseFactLine, parseTimeValue } from './wire/facts.ts'

const secondNs = 1_000_000_000n
/** File systems that round times do so within this (FAT). */
const roundingNs = 2n * secondNs
/** What four digits of a year can tell, in any zone. */
const earliestNs = parseTimeValue('00010103000000')!
const latestNs = parseTimeValue('99991229000000')!

/** Resolves with the time the file now has. EOPNOTSUPP when it cannot be set rightly. */
export async function setModificationTime(
  session: Session,
  path: string,
  mtimeNs: bigint,
  signal?: AbortSignal,
): Promise<bigint> {
  if (mtimeNs < earliestNs || mtimeNs > latestNs) {
    throw new ErrnoError('EOPNOTSUPP', `set the time of ${path} to ${mtimeNs} ns`)
  }
  // Once begun it is carried through: an interrupt between setting and looking could leave a wrong
  // time behind.
  const setting =
    session.traits.times === 'utc'
      ? setUtc(session, path, mtimeNs)
      : setLocal(session, path, floorToSecond(mtimeNs))
  return abortable(setting, signal)
}

async function setUtc(session: Session, path: string, wanted: bigint): Promise<bigint> {
  const get = async (): Promise<bigint> => (await queryAttributes(session, path)).mtimeNs
  const set = (timeNs: bigint): Promise<bigint> =>
    setAndGet(session, path, formatTimeValue(timeNs, { fraction: true }), get)
  // The question leaves first, so it sees the old time.
  const [before, got] = await Promise.all([get(), set(wanted)])
  if (got <= wanted && wanted - got < roundingNs) return got
  await set(before)
  throw new ErrnoError('EOPNOTSUPP', `set the time of ${path}: it became ${got} ns`)
}

async function setLocal(session: Session, path: string, wanted: bigint): Promise<bigint> {
  const { clock } = session.traits
  const get = async (): Promise<bigint> => mtimeNsOf(await queryStatLine(session, path))
  const file: ClockedFile = {
    set: (localNs) => setAndGet(session, path, formatTimeValue(localNs), get),
  }
  const offset = clock.offsetNs(wanted) ?? (await learnOffset(session, path))
  // The question leaves first, so it sees the old time.
  const [before, isReached] = await Promise.all([get(), clock.reach(wanted, offset, file)])
  if (isReached) return wanted
  if (!(await clock.reach(before, clock.offsetNs(before) ?? offset, file))) {
    session.log.warn('a file did not get its old modification time back', { path })
  }
  throw new ErrnoError(
    'EOPNOTSUPP',
    `set the time of ${path}: ambiguous in the server's local time`,
  )
}

/** The question follows on the heels of the change, so that no other write comes between. */
async function setAndGet(
  session: Session,
  path: string,
  time: string,
  get: () => Promise<bigint>,
): Promise<bigint> {
  const isRenamedFor = path.includes(' ') && !session.traits.takesBlanksInFacts
  const setting = withBlankNames(session, path, (name) => command('MFMT', time, name))
  if (isRenamedFor) await setting
  const [got] = await Promise.all([get(), setting])
  return got
}

/** From this very file: STAT and MLST tell its time both ways. */
async function learnOffset(session: Session, path: string): Promise<bigint> {
  const [line, reply] = await Promise.all([
    queryStatLine(session, path),
    session.call(command('MLST', pathArgument(path))),
  ])
  const modify = parseFactLine(reply.lines[0]?.slice(1) ?? '')?.facts.get('modify')
  const local = parseTimeValue(modify ?? '')
  if (local === undefined) throw new ErrnoError('EPROTO', `MLST tells no time of ${path}`)
  session.traits.clock.learn(mtimeNsOf(line), local)
  return local - mtimeNsOf(line)
}

function floorToSecond(ns: bigint): bigint {
  const rest = ((ns % secondNs) + secondNs) % secondNs
  return ns - rest
}
