/** RANG, REST, ALLO, RETR, STOR, APPE. */

import type { CommandTable } from './command.ts'
import { openedFacts } from './file-facts.ts'
import { refuseMissing } from './refusal.ts'
import type { Session } from './session.ts'
import type { WriteMode } from './storage.ts'
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

async function retr(session: Session, argument: string): Promise<string> {
  const { control, data, storage } = session.parts
  const { range } = session
  try {
    const path = session.path(argument)
    const file = await refuseMissing(550, storage.openToRead(path))
    try {
      const length = range.readable(file.opened.size)
      // Nothing to send needs no data connection, but one that was asked for is waited for.
      const connection = length === 0 && data.absent ? undefined : await data.connection()
      const facts = session.tellsOpened ? ` ${openedFacts(file.opened)}` : ''
      await control.reply(`150 OK ${length} bytes available for reading.${facts}`)
      if (connection) await sendFile(session, file, path, connection, range.offset, length)
    } finally {
      await file.close()
    }
    return '226 File transfer successful'
  } finally {
    range.reset()
  }
}

async function store(session: Session, argument: string, mode: WriteMode): Promise<string> {
  const { control, data, storage } = session.parts
  const { range } = session
  try {
    const path = session.path(argument)
    // Before the file is created or cut: without a way for the data to come nothing may change.
    const connection = range.count === 0 && data.absent ? undefined : await data.connection()
    const file = await storage.openToWrite(path, mode)
    try {
      await control.reply('150 OK')
      if (connection) await receiveFile(session, file, path, connection)
      else await file.touch()
    } finally {
      await file.close()
    }
    return '226 File transfer successful'
  } finally {
    range.reset()
  }
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
