/**
 * Setting a file's modification time: right or refused.
 *
 * Servers that speak UTC take the time as it is. Stock UFTPD reads MFMT's time in its own local time,
 * whose zone it does not tell. But STAT tells the resulting time in UTC, so every setting is checked:
 *
 *     local = wanted + offset;  MFMT local;  STAT gives got;  if got ≠ wanted: offset += wanted − got
 *
 * mktime(3) is piecewise a shift, so with a wrong offset (none known yet, or the other half of the
 * year) the first difference is the error of the offset and the second try is right. Only the hour
 * that autumn repeats cannot be reached this way: its local time means two moments, the server picks
 * one, and the correction leads out of it. Then the old time is put back and the call refused.
 */

import { ErrnoError } from '../support/errno-error.ts'
import { abortable } from '../support/abortable.ts'
import { queryAttributes, queryStatLine } from './attribute-query.ts'
import { withBlankNames } from './blank-names.ts'
import { mtimeNsOf } from './file-attributes.ts'
import { accepted } from './reply-errno.ts'
import type { Session } from './session.ts'
import { command, pathArgument } from './wire/commands.ts'
import { formatTimeValue, parseFactLine, parseTimeValue } from './wire/facts.ts'

const secondNs = 1_000_000_000n
/** The first try may use the offset of another season; the second one settles it. */
const triesMax = 3
/** File systems that round times do so within this (FAT). */
const roundingNs = 2n * secondNs
/** More than any zone has ever been away from UTC. */
const zoneOffsetMaxNs = 26n * 3600n * secondNs
/** What four digits of a year can tell. */
const earliestNs = parseTimeValue('00010102000000')!
const latestNs = parseTimeValue('99991230000000')!

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
  // Once begun it is carried through: an interrupt between setting and checking could leave a wrong
  // time behind.
  const setting =
    session.traits.times === 'utc'
      ? setUtc(session, path, mtimeNs)
      : setChecked(session, path, floorToSecond(mtimeNs))
  return abortable(setting, signal)
}

async function setChecked(session: Session, path: string, wanted: bigint): Promise<bigint> {
  const { clock } = session.traits
  let offset = clock.offsetNs(wanted) ?? (await learnOffset(session, path))
  let before: bigint | undefined
  for (let attempt = 1; attempt <= triesMax; attempt++) {
    const [old] = await Promise.all([
      queryStatLine(session, path),
      setLocal(session, path, wanted + offset),
    ])
    before ??= mtimeNsOf(old)
    const got = mtimeNsOf(await queryStatLine(session, path))
    if (got === wanted) {
      clock.learn(wanted, wanted + offset)
      return wanted
    }
    const corrected = offset + wanted - got
    // A larger difference is somebody else's write in between, not a time zone.
    if (isZoneOffset(corrected)) offset = corrected
  }
  await putBack(session, path, before!)
  throw new ErrnoError(
    'EOPNOTSUPP',
    `set the time of ${path}: ambiguous in the server's local time`,
  )
}

async function setUtc(session: Session, path: string, mtimeNs: bigint): Promise<bigint> {
  const time = formatTimeValue(mtimeNs, { fraction: true })
  await withBlankNames(session, path, (name) => command('MFMT', time, name))
  const got = (await queryAttributes(session, path)).mtimeNs
  if (got <= mtimeNs && mtimeNs - got < roundingNs) return got
  throw new ErrnoError('EOPNOTSUPP', `set the time of ${path}: it became ${got} ns`)
}

async function setLocal(session: Session, path: string, localNs: bigint): Promise<void> {
  const time = formatTimeValue(localNs)
  await withBlankNames(session, path, (name) => command('MFMT', time, name))
}

/** From this very file: STAT and MLST tell its time both ways. */
async function learnOffset(session: Session, path: string): Promise<bigint> {
  const facts = command('MLST', pathArgument(path))
  const [line, reply] = await Promise.all([queryStatLine(session, path), session.call(facts)])
  const modify = parseFactLine(accepted(facts, reply).lines[0]?.slice(1) ?? '')?.facts.get('modify')
  const local = parseTimeValue(modify ?? '')
  if (local === undefined) throw new ErrnoError('EPROTO', `MLST tells no time of ${path}`)
  session.traits.clock.learn(mtimeNsOf(line), local)
  return local - mtimeNsOf(line)
}

async function putBack(session: Session, path: string, before: bigint): Promise<void> {
  let offset = session.traits.clock.offsetNs(before) ?? 0n
  for (let attempt = 1; attempt <= triesMax; attempt++) {
    await setLocal(session, path, before + offset)
    const got = mtimeNsOf(await queryStatLine(session, path))
    if (got === before) return
    offset += before - got
  }
  session.log.warn('a file did not get its old modification time back', { path })
}

function isZoneOffset(offsetNs: bigint): boolean {
  return offsetNs > -zoneOffsetMaxNs && offsetNs < zoneOffsetMaxNs
}

function floorToSecond(ns: bigint): bigint {
  const rest = ((ns % secondNs) + secondNs) % secondNs
  return ns - rest
}
