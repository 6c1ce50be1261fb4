/**
 * rename(2) and renameat2(2). With SITE RENAME it is one command that the server carries out
 * atomically; else RNFR and RNTO, which replace.
 */

import { abortable } from '../support/abortable.ts'
import { ErrnoError, isErrno } from '../support/errno-error.ts'
import { queryAttributes } from './attribute-query.ts'
import type { Session } from './session.ts'
import { command, escapedArgument, siteCommand } from './wire/commands.ts'

/** Paths are the server's. */
interface Renaming {
  readonly from: string
  readonly to: string
  readonly isRepetition: boolean
  readonly signal?: AbortSignal | undefined
}

/** A repetition that finds nothing at `from` and something at `to` has been carried out before. */
export async function renameReplacing(session: Session, renaming: Renaming): Promise<void> {
  try {
    if (session.traits.has('RENAME')) await siteRename(session, '-', renaming)
    else await renameInTwoSteps(session, renaming)
  } catch (error) {
    if (!renaming.isRepetition || !isErrno(error, 'ENOENT')) throw error
    if (!(await exists(session, renaming.to, renaming.signal))) throw error
  }
}

/** EEXIST if `to` exists. Without SITE RENAME another client can slip in between. */
export async function renameExclusively(session: Session, renaming: Renaming): Promise<void> {
  const { from, to, isRepetition, signal } = renaming
  const isDone = async (): Promise<boolean> =>
    isRepetition && !(await exists(session, from, signal)) && (await exists(session, to, signal))
  if (session.traits.has('RENAME')) {
    try {
      await siteRename(session, 'NOREPLACE', renaming)
    } catch (error) {
      if (!isErrno(error, 'ENOENT', 'EEXIST') || !(await isDone())) throw error
    }
    return
  }
  if (await isDone()) return
  if (await exists(session, to, signal)) throw new ErrnoError('EEXIST', `rename ${from} to ${to}`)
  await renameInTwoSteps(session, renaming)
}

/** What tells the two files of an exchange apart, kept over repetitions. */
export class Exchange {
  #fromId: string | undefined

  /** Done twice it would be undone, so a repetition looks first which file is where. */
  async run(session: Session, renaming: Renaming): Promise<void> {
    const { from, to, signal } = renaming
    if (!session.traits.has('RENAME')) {
      throw new ErrnoError('EINVAL', `exchange ${from} and ${to}`)
    }
    if (this.#fromId === undefined) {
      this.#fromId = (await queryAttributes(session, from, signal)).fileId
    } else if ((await queryAttributes(session, to, signal)).fileId === this.#fromId) {
      return
    }
    await siteRename(session, 'EXCHANGE', renaming)
  }
}

async function siteRename(
  session: Session,
  flags: '-' | 'NOREPLACE' | 'EXCHANGE',
  { from, to, signal }: Renaming,
): Promise<void> {
  const one = siteCommand('RENAME', flags, escapedArgument(from), escapedArgument(to))
  await session.call(one, signal)
}

/**
 * Never in one packet: stock UFTPD keeps the RNFR of before, so an RNTO behind a refused RNFR would
 * rename another file.
 */
async function renameInTwoSteps(session: Session, { from, to, signal }: Renaming): Promise<void> {
  const release = await session.sequenceLock.acquire(signal)
  const steps = (async () => {
    await session.call(command('RNFR', session.traits.argument(from)))
    await session.call(command('RNTO', session.traits.argument(to)))
  })().finally(release)
  await abortable(steps, signal)
}

async function exists(session: Session, path: string, signal?: AbortSignal): Promise<boolean> {
  try {
    await queryAttributes(session, path, signal)
    return true
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false
    throw error
  }
}
