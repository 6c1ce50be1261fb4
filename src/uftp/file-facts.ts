/**
 * Changes of a file's owner, mode and times, with the question what it has then right behind.
 * Servers with the extension (docs/PROTOCOL.md §10) change all in one MFF; elsewhere each is a step
 * of its own, none of which waits for the one before.
 */

import { abortable } from '../support/abortable.ts'
import { ErrnoError } from '../support/errno-error.ts'
import { knowsOwners, setsBothTimes, type Owner } from './agreement.ts'
import { attributeQuery, changeQuery, queryAttributes } from './attribute-query.ts'
import { mayBeRenamedToChange, withBlankNames } from './blank-names.ts'
import type { EntryAttributes } from './file-attributes.ts'
import {
  areUncommon,
  assertExpressible,
  checkTimes,
  isKept,
  setModificationTime,
  timeFacts,
  type NewTimes,
  type StoredTimes,
} from './file-times.ts'
import type { Session } from './session.ts'
import { command } from './wire/commands.ts'

/** What is absent stays. */
export interface NewAttributes extends Partial<Owner>, NewTimes {
  readonly mode?: number
}

export interface ChangeContext {
  /** Our time, for servers that cannot be told `now`. */
  readonly clockNs: bigint
  /** The answer to a question that has left just before, if there is one. */
  readonly before?: Promise<StoredTimes>
}

/**
 * Of the path itself, also if it is a link, but for the mode. Resolves with the attributes then.
 * EPERM where the server cannot be told an owner, EOPNOTSUPP when the times cannot be set rightly.
 */
export async function setAttributes(
  session: Session,
  path: string,
  wanted: NewAttributes,
  context: ChangeContext,
  signal?: AbortSignal,
): Promise<EntryAttributes> {
  assertSettable(session, path, wanted)
  const change = setsBothTimes(session.traits.agreement) ? changeAtOnce : changeInSteps
  // Once begun it is carried through: an interrupt between setting and looking could leave a wrong
  // time behind.
  return abortable(change(session, path, wanted, context), signal)
}

/** EPERM for owners, EOPNOTSUPP for times that no command can tell this server. */
export function assertSettable(session: Session, path: string, wanted: NewAttributes): void {
  const namesOwner = wanted.uid !== undefined || wanted.gid !== undefined
  if (namesOwner && !knowsOwners(session.traits.agreement)) {
    throw new ErrnoError('EPERM', `chown ${path}`)
  }
  assertExpressible(session, path, wanted)
}

export async function setMode(
  session: Session,
  path: string,
  mode: number,
  signal?: AbortSignal,
): Promise<void> {
  await withBlankNames(session, path, (name) => command('MFF', modeFact(mode), name), signal)
}

/** One packet, so that no other write comes between. */
async function changeAtOnce(
  session: Session,
  path: string,
  wanted: NewAttributes,
  { before }: ChangeContext,
): Promise<EntryAttributes> {
  const facts = factsToSet(wanted)
  if (facts === '') return queryAttributes(session, path)
  const change = command('MFF', facts, session.traits.argument(path))
  const query = changeQuery(session, path, change)
  const first = attributeQuery(session, path)
  const asksBefore = areUncommon(wanted) && !before
  const asked = asksBefore ? first.commands : []
  const replies = session.send([...asked, ...query.commands])
  const after = await query.read(replies.slice(asked.length))
  const old = asksBefore ? await first.read(replies) : await before
  await checkTimes(session, path, wanted, old, after)
  return after
}

async function changeInSteps(
  session: Session,
  path: string,
  wanted: NewAttributes,
  { clockNs }: ChangeContext,
): Promise<EntryAttributes> {
  const { mode } = wanted
  const mtimeNs = wanted.mtimeNs === 'now' ? clockNs : wanted.mtimeNs
  const owner = ownerFacts(wanted)
  const steps: (() => Promise<unknown>)[] = []
  if (owner !== '') {
    steps.push(() => session.call(command('MFF', owner, session.traits.argument(path))))
  }
  if (mode !== undefined) steps.push(() => setMode(session, path, mode))
  if (mtimeNs !== undefined) steps.push(() => setModificationTime(session, path, mtimeNs))
  if (mayBeRenamedToChange(session.traits, path)) {
    // Each may give the file another name for the moment, under which the next does not find it.
    for (const step of steps) await step()
    return queryAttributes(session, path)
  }
  const running = steps.map((step) => step())
  const asking = queryAttributes(session, path)
  // All are over before any is found refused.
  const [told, ...done] = await Promise.allSettled([asking, ...running])
  for (const step of done) if (step.status === 'rejected') throw step.reason
  const isTold =
    told.status === 'fulfilled' &&
    (mode === undefined || told.value.mode === mode) &&
    (mtimeNs === undefined || isKept(mtimeNs, told.value.mtimeNs))
  // A time may have taken more than the one attempt that the question was asked behind.
  return isTold ? told.value : queryAttributes(session, path)
}

/** For MFF and SITE STORE; empty: nothing is to change. */
export function factsToSet(wanted: NewAttributes): string {
  return ownerFacts(wanted) + modeFact(wanted.mode) + timeFacts(wanted)
}

function ownerFacts({ uid, gid }: Partial<Owner>): string {
  return (
    (uid === undefined ? '' : `UNIX.uid=${uid};`) + (gid === undefined ? '' : `UNIX.gid=${gid};`)
  )
}

function modeFact(mode: number | undefined): string {
  return mode === undefined ? '' : `UNIX.mode=${(mode & 0o7777).toString(8)};`
}
