/**
 * Setting a file's times: right or refused. Every setting is checked by looking at the file; if it
 * did not become what was wanted, the old times are put back and the call refused.
 *
 * Servers that speak UTC take times as they are, both if they have the extension (docs/PROTOCOL.md
 * §10); others the modification time alone, see local-times.ts.
 */

import { abortable } from '../support/abortable.ts'
import { ErrnoError } from '../support/errno-error.ts'
import { setsBothTimes } from './agreement.ts'
import { attributeQuery, queryAttributes } from './attribute-query.ts'
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

/** File systems that round times do so within this (FAT). */
const roundingNs = 2_000_000_000n
/** What four digits of a year can tell, in any zone. */
const earliestNs = parseTimeValue('00010103000000')!
const latestNs = parseTimeValue('99991229000000')!

/**
 * Resolves with the attributes then. EOPNOTSUPP when the times cannot be set rightly. `clockNs`: our
 * time, for servers that cannot be told `now`.
 */
export async function setTimes(
  session: Session,
  path: string,
  times: NewTimes,
  clockNs: bigint,
  signal?: AbortSignal,
): Promise<EntryAttributes> {
  for (const time of [times.atimeNs, times.mtimeNs]) {
    if (typeof time === 'bigint' && (time < earliestNs || time > latestNs)) {
      throw new ErrnoError('EOPNOTSUPP', `set a time of ${path} to ${time} ns`)
    }
  }
  // Once begun it is carried through: an interrupt between setting and looking could leave a wrong
  // time behind.
  return abortable(carryThrough(session, path, times, clockNs), signal)
}

async function carryThrough(
  session: Session,
  path: string,
  { atimeNs, mtimeNs }: NewTimes,
  clockNs: bigint,
): Promise<EntryAttributes> {
  if (atimeNs === undefined && mtimeNs === undefined) return queryAttributes(session, path)
  if (setsBothTimes(session.traits.agreement)) return setUtc(session, path, { atimeNs, mtimeNs })
  if (atimeNs !== undefined || mtimeNs === undefined) {
    throw new ErrnoError('EOPNOTSUPP', `set the access time of ${path}`)
  }
  const wanted = mtimeNs === 'now' ? clockNs : mtimeNs
  if (session.traits.times === 'utc') return setUtc(session, path, { mtimeNs: wanted })
  await setLocalTime(session, path, wanted)
  return queryAttributes(session, path)
}

/** One packet: the times before, the change, the times after; no other write comes between. */
async function setUtc(session: Session, path: string, wanted: NewTimes): Promise<EntryAttributes> {
  const query = attributeQuery(session, path)
  const change = changeCommand(session, path, wanted)
  const replies = session.send([...query.commands, change, ...query.commands])
  const [first, answer, second] = [
    replies.slice(0, query.commands.length),
    replies[query.commands.length]!,
    replies.slice(query.commands.length + 1),
  ]
  accepted(change, await answer)
  const [before, after] = await Promise.all([query.read(first), query.read(second)])
  const areKept =
    isKept(wanted.mtimeNs, after.mtimeNs, after.ctimeNs) &&
    isKept(wanted.atimeNs, after.atimeNs, after.ctimeNs)
  if (areKept) return after
  const old = {
    mtimeNs: wanted.mtimeNs === undefined ? undefined : before.mtimeNs,
    atimeNs: wanted.atimeNs === undefined ? undefined : before.atimeNs,
  }
  await session.call(changeCommand(session, path, old))
  throw new ErrnoError('EOPNOTSUPP', `the times of ${path} became others than those set`)
}

/** Rounded down, or changed since by somebody's access. */
function isKept(
  wanted: NewTimes['mtimeNs'],
  got: bigint | undefined,
  changedNs: bigint | undefined,
): boolean {
  if (wanted === undefined || wanted === 'now') return true
  if (got === undefined) return false
  const isRounded = got <= wanted && wanted - got < roundingNs
  return isRounded || (wanted < got && changedNs !== undefined && got >= changedNs)
}

function changeCommand(session: Session, path: string, { atimeNs, mtimeNs }: NewTimes): Command {
  const argument = session.traits.argument(path)
  if (setsBothTimes(session.traits.agreement)) {
    return command('MFF', timeFact('modify', mtimeNs) + timeFact('UNIX.atime', atimeNs), argument)
  }
  return command('MFMT', timeValue(mtimeNs!), argument)
}

function timeFact(fact: string, time: bigint | 'now' | undefined): string {
  return time === undefined ? '' : `${fact}=${timeValue(time)};`
}

function timeValue(time: bigint | 'now'): string {
  return time === 'now' ? time : formatTimeValue(time, { fraction: true })
}
