/**
 * Setting a file's times: right or refused. Every setting is checked by what the file has then. If
 * that is not what was wanted the call is refused, and the old times are put back where a file
 * system may have made others of what was set.
 *
 * Servers that speak UTC take times as they are, both if they have the extension (docs/PROTOCOL.md
 * §10); others the modification time alone, see local-times.ts.
 */

import { ErrnoError } from '../support/errno-error.ts'
import { setsBothTimes } from './agreement.ts'
import { attributeQuery } from './attribute-query.ts'
import type { EntryAttributes } from './file-attributes.ts'
import { setLocalTime } from './local-times.ts'
import { accepted } from './reply-errno.ts'
import type { Session } from './session.ts'
import { command, type Command } from './wire/commands.ts'
import { formatTimeValue, parseTimeValue } from './wire/facts.ts'

/** What is absent stays. `now`: the server's time. */
export interface NewTimes {
  readonly atimeNs?: bigint | 'now' | undefined
  readonly mtimeNs?: bigint | 'now' | undefined
}

/** What a file has that may have to be put back. */
export type StoredTimes = Pick<EntryAttributes, 'mtimeNs' | 'atimeNs'>

/** File systems that round times do so within this (FAT). */
const roundingNs = 2_000_000_000n
/** What four digits of a year can tell, in any zone. */
const earliestNs = parseTimeValue('00010103000000')!
const latestNs = parseTimeValue('99991229000000')!
/** What every file system keeps, in any zone: FAT begins in 1980, 32 bits end in 2038. */
const commonFromNs = parseTimeValue('19800103000000')!
const commonToNs = parseTimeValue('20380117000000')!

/** EOPNOTSUPP for times that no command can tell this server. */
export function assertExpressible(
  session: Session,
  path: string,
  { atimeNs, mtimeNs }: NewTimes,
): void {
  for (const time of [atimeNs, mtimeNs]) {
    if (typeof time === 'bigint' && (time < earliestNs || time > latestNs)) {
      throw new ErrnoError('EOPNOTSUPP', `set a time of ${path} to ${time} ns`)
    }
  }
  if (atimeNs !== undefined && !setsBothTimes(session.traits.agreement)) {
    throw new ErrnoError('EOPNOTSUPP', `set the access time of ${path}`)
  }
}

/** Whether a file system may have to make others of them: FAT keeps no more of an atime than its day. */
export function areUncommon({ mtimeNs, atimeNs }: NewTimes): boolean {
  if (typeof atimeNs === 'bigint') return true
  return typeof mtimeNs === 'bigint' && (mtimeNs < commonFromNs || mtimeNs > commonToNs)
}

/** For MFF, where it sets both. */
export function timeFacts({ mtimeNs, atimeNs }: NewTimes): string {
  return timeFact('modify', mtimeNs) + timeFact('UNIX.atime', atimeNs)
}

/**
 * Compares what a file has with what was wanted. If it differs this is EOPNOTSUPP, and the times from
 * before are put back; `before` is needed for those that are uncommon: a storage that makes others
 * of common times keeps none that it is given.
 */
export async function checkTimes(
  session: Session,
  path: string,
  wanted: NewTimes,
  before: StoredTimes | undefined,
  after: EntryAttributes,
): Promise<void> {
  if (areKept(wanted, after)) return
  if (before) {
    const old = {
      mtimeNs: wanted.mtimeNs === undefined ? undefined : before.mtimeNs,
      atimeNs: wanted.atimeNs === undefined ? undefined : before.atimeNs,
    }
    await session.call(changeCommand(session, path, old))
  }
  throw new ErrnoError('EOPNOTSUPP', `the times of ${path} became others than those set`)
}

/**
 * The modification time alone, for servers that set no other. EOPNOTSUPP when it cannot be set
 * rightly.
 */
export async function setModificationTime(
  session: Session,
  path: string,
  mtimeNs: bigint,
): Promise<void> {
  if (session.traits.times === 'local') return setLocalTime(session, path, mtimeNs)
  const query = attributeQuery(session, path)
  const change = changeCommand(session, path, { mtimeNs })
  const replies = session.send([...query.commands, change, ...query.commands])
  const count = query.commands.length
  accepted(change, await replies[count]!)
  const [before, after] = [await query.read(replies), await query.read(replies.slice(count + 1))]
  await checkTimes(session, path, { mtimeNs }, before, after)
}

export function areKept(wanted: NewTimes, { mtimeNs, atimeNs, ctimeNs }: EntryAttributes): boolean {
  return isKept(wanted.mtimeNs, mtimeNs, ctimeNs) && isKept(wanted.atimeNs, atimeNs, ctimeNs)
}

/** Rounded down, or changed since by somebody's access. */
export function isKept(
  wanted: NewTimes['mtimeNs'],
  got: bigint | undefined,
  changedNs?: bigint,
): boolean {
  if (wanted === undefined || wanted === 'now') return true
  if (got === undefined) return false
  const isRounded = got <= wanted && wanted - got < roundingNs
  return isRounded || (wanted < got && changedNs !== undefined && got >= changedNs)
}

function changeCommand(session: Session, path: string, { atimeNs, mtimeNs }: NewTimes): Command {
  const argument = session.traits.argument(path)
  if (setsBothTimes(session.traits.agreement)) {
    return command('MFF', timeFacts({ mtimeNs, atimeNs }), argument)
  }
  return command('MFMT', timeValue(mtimeNs!), argument)
}

function timeFact(fact: string, time: bigint | 'now' | undefined): string {
  return time === undefined ? '' : `${fact}=${timeValue(time)};`
}

function timeValue(time: bigint | 'now'): string {
  return time === 'now' ? time : formatTimeValue(time, { fraction: true })
}
