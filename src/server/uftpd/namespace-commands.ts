/** Commands on directories and names: PWD, CWD, CDUP, MKD, RMD, DELE, RNFR, RNTO. */

import type { CommandTable } from './command.ts'
import { errorText } from './error-reply.ts'
import { Refusal } from './refusal.ts'
import type { Session } from './session.ts'
import { StorageError } from './storage-error.ts'

async function pwd(session: Session): Promise<string> {
  return `257 "${quoteDoubled(session.told(session.cwd))}"`
}

async function cwd(session: Session, argument: string): Promise<string> {
  const path = session.path(argument)
  try {
    const { type, executable } = await session.parts.storage.status(path)
    if (type !== 'directory') throw StorageError.of('ENOTDIR', path)
    if (!executable) throw StorageError.of('EACCES', path)
  } catch (error) {
    throw new Refusal(550, `Can't cwd to directory: ${errorText(error)}`)
  }
  session.cwd = path
  return '200 OK'
}

async function cdup(session: Session): Promise<string> {
  if (session.cwd === session.parts.jail.base) {
    throw new Refusal(534, "Can't cd up, already at base directory")
  }
  session.cwd = session.parts.jail.resolve('..', session.cwd)
  return '200 OK'
}

async function mkd(session: Session, argument: string): Promise<string> {
  const path = session.path(argument)
  await session.parts.storage.makeDirectory(path)
  return `257 "${quoteDoubled(session.told(path))}" directory created`
}

async function rmd(session: Session, argument: string): Promise<string> {
  await session.parts.storage.removeDirectory(session.path(argument))
  return '200 OK'
}

async function dele(session: Session, argument: string): Promise<string> {
  await session.parts.storage.removeFile(session.path(argument))
  return '200 OK'
}

async function rnfr(session: Session, argument: string): Promise<string> {
  session.renameFrom = undefined
  session.renameFrom = session.path(argument)
  return '350 File action OK Please send rename-to'
}

async function rnto(session: Session, argument: string): Promise<string> {
  const from = session.renameFrom
  session.renameFrom = undefined
  if (from === undefined) {
    throw new Refusal(503, 'Illegal sequence of FTP commands - must send RNFR first')
  }
  await session.parts.storage.rename(from, session.path(argument))
  return '200 OK'
}

/** RFC 959, appendix II: a quote inside the quotes is doubled. */
function quoteDoubled(path: string): string {
  return path.replaceAll('"', '""')
}

export const namespaceCommands = {
  PWD: { level: 'INFO', run: pwd },
  CWD: { level: 'INFO', needsArgument: true, run: cwd },
  CDUP: { level: 'NONE', run: cdup },
  MKD: { level: 'WRITE', needsArgument: true, run: mkd },
  RMD: { level: 'FULL', needsArgument: true, run: rmd },
  DELE: { level: 'FULL', needsArgument: true, run: dele },
  RNFR: { level: 'WRITE', needsArgument: true, run: rnfr },
  RNTO: { level: 'WRITE', needsArgument: true, run: rnto },
} as const satisfies CommandTable
