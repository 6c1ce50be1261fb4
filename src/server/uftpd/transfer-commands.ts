/** RANG, REST, ALLO, RETR, STOR, APPE. */

import type { CommandTable } from './command.ts'
import { openedFacts } from './file-facts.ts'
import { refuseMissing } from './refusal.ts'
import { withFactsOf } from './reply-facts.ts'
import type { Session } from './session.ts'
import type { FileChanges, TargetFile, WriteMode } from './storage.ts'
import { speakingOf } from './storage-error.ts'
import { receiveFile, sendFile } from './transfer.ts'
import { parseCount } from './transfer-range.ts'

async function rang(session: Session, argument: string): Promise<string> {
  const { range } = session
  const [first, end, ...more] = argument.trim().split(/ +/)
  // An old range must not hit the transfer that follows a refused one.
  range.reset()
  const from = parseCount(first)
  const to = parseCount(more.length === 0 ? end : undefined)
  if (from === 1n && to === 0n) return '350 Resetting range'
  range.setRange(from, to)
  return `350 Restarting at ${from}. End byte range at ${to}`
}

async function rest(session: Session, argument: string): Promise<string> {
  const offset = parseCount(argument.trim())
  session.range.setOffset(offset)
  return `350 Restarting at ${offset}.`
}

/** `ALLO n [R m]`: the record size of RFC 959 has no meaning here. */
async function allo(session: Session, argument: string): Promise<string> {
  const count = parseCount(argument.trim().split(' ')[0])
  session.range.setCount(count)
  return `200 OK Will read up to ${count} bytes from data connection.`
}

const transferred = '226 File transfer successful'

/** Runs a transfer; whatever becomes of it, the next one does not use its range. */
async function usingUpRange(session: Session, transfer: () => Promise<string>): Promise<string> {
  try {
    return await transfer()
  } finally {
    session.range.reset()
  }
}

async function retr(session: Session, argument: string): Promise<string> {
  return usingUpRange(session, async () => retrieve(session, session.path(argument)))
}

/** SITE RETRIEVE: RANG and RETR in one. */
export async function retrieveRange(
  session: Session,
  path: string,
  [first, end]: readonly [bigint, bigint],
): Promise<string> {
  session.range.setRange(first, end)
  return usingUpRange(session, () => retrieve(session, path))
}

async function retrieve(session: Session, path: string): Promise<string> {
  const { control, data, storage } = session.parts
  const { range } = session
  const file = await refuseMissing(550, storage.openToRead(path))
  try {
    const length = range.readable(file.opened.size)
    // Nothing to send needs no data connection, but one that was asked for is waited for.
    const connection = length === 0 && data.absent ? undefined : await data.connection()
    const facts = session.tellsFacts ? ` ${openedFacts(file.opened)}` : ''
    await control.replySoon(`150 OK ${length} bytes available for reading.${facts}`)
    if (connection) await sendFile(session, file, path, connection, range.offset, length)
  } finally {
    await file.close()
  }
  return transferred
}

async function store(session: Session, argument: string, mode: WriteMode): Promise<string> {
  return usingUpRange(session, async () => {
    const opened = (): Promise<void> => session.parts.control.reply('150 OK')
    await receive(session, session.path(argument), mode, { opened })
    return transferred
  })
}

/** For those who take part in storing. */
interface Storing {
  readonly opened?: () => Promise<void>
  /** All has been written. */
  readonly complete?: (file: TargetFile) => Promise<void>
}

/** What the range tells, into a file that is made if it is missing. */
async function receive(
  session: Session,
  path: string,
  mode: WriteMode,
  { opened, complete }: Storing,
): Promise<void> {
  const { data, storage } = session.parts
  // Before the file is created or cut: without a way for the data to come nothing may change.
  const isEmpty = session.range.count === 0
  const connection = isEmpty && data.absent ? undefined : await data.connection()
  const file = await storage.openToWrite(path, mode)
  try {
    await opened?.()
    if (connection) await receiveFile(session, file, path, connection)
    else await file.touch()
    await complete?.(file)
  } finally {
    await file.close()
  }
}

/** SITE STORE: RANG, STOR and MFF in one, of the file that has been opened. */
export async function storeRange(
  session: Session,
  path: string,
  [first, end]: readonly [bigint, bigint],
  changes: FileChanges,
): Promise<string> {
  let reply = transferred
  const complete = async (file: TargetFile): Promise<void> => {
    const status = await speakingOf(path, async () => {
      await file.change(changes)
      return session.tellsFacts ? file.status() : undefined
    })
    if (status) reply = withFactsOf(session, transferred, status)
  }
  session.range.setRange(first, end)
  return usingUpRange(session, async () => {
    await receive(session, path, 'in-place', { complete })
    return reply
  })
}

async function stor(session: Session, argument: string): Promise<string> {
  const { range } = session
  return store(session, argument, range.ranged || range.offset > 0 ? 'in-place' : 'replace')
}

async function appe(session: Session, argument: string): Promise<string> {
  return store(session, argument, 'append')
}

export const transferCommands = {
  RANG: { level: 'NONE', needsArgument: true, run: rang },
  REST: { level: 'NONE', needsArgument: true, run: rest },
  ALLO: { level: 'WRITE', needsArgument: true, run: allo },
  RETR: { level: 'READ', needsArgument: true, run: retr },
  STOR: { level: 'WRITE', needsArgument: true, run: stor },
  APPE: { level: 'WRITE', needsArgument: true, run: appe },
} as const satisfies CommandTable
