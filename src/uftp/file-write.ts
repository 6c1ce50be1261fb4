/**
 * Ranged writes: `RANG a b` + `STOR` and the question how large the file is now, in one packet, with
 * the data right behind. The server reads exactly the announced bytes, so the data connection stays
 * in step; if it refuses, the connection is dropped with whatever is in it.
 *
 * 226 says only that the server has read what came before the end of the data connection. Whether
 * the file holds the bytes is seen from its size.
 */

import { abortable } from '../support/abortable.ts'
import { ErrnoError } from '../support/errno-error.ts'
import { sizeQuery } from './attribute-query.ts'
import type { DataConnection } from './data-connection.ts'
import type { StoredState } from './file-attributes.ts'
import { accepted } from './reply-errno.ts'
import type { Session } from './session.ts'
import { command, type Command } from './wire/commands.ts'
import type { Reply } from './wire/reply-reader.ts'

/** Called when all is sent, with what the server is going to tell of the file. */
type OnSent = (stored: Promise<StoredState>) => void

/**
 * Creates the file if it is missing; bytes outside the range stay. What `onSent` sends comes right
 * behind the data.
 */
export async function writeRange(
  session: Session,
  path: string,
  offset: number,
  data: readonly Uint8Array[],
  signal?: AbortSignal,
  onSent?: OnSent,
): Promise<StoredState> {
  const length = data.reduce((sum, piece) => sum + piece.length, 0)
  const end = offset + length
  if (!Number.isSafeInteger(end)) throw new ErrnoError('EFBIG', `write ${path} at ${offset}`)
  const state = await store(session, path, [command('RANG', offset, end)], data, signal, onSent)
  if (state.size >= end) return state
  throw new ErrnoError('EIO', `${path} has ${state.size} bytes after a write up to ${end}`)
}

/** Replaces the whole content by `data`; a missing file is created. */
export async function replaceContent(
  session: Session,
  path: string,
  data: readonly Uint8Array[],
  signal?: AbortSignal,
): Promise<StoredState> {
  const length = data.reduce((sum, piece) => sum + piece.length, 0)
  // Without RANG the file is cut to nothing first; ALLO keeps the data connection in step.
  const range = [command('RANG', 1, 0), command('ALLO', length)]
  const state = await store(session, path, range, data, signal)
  if (state.size === length) return state
  throw new ErrnoError('EIO', `${path} has ${state.size} bytes instead of ${length}`)
}

/** `range`: the commands that say where the data goes. */
async function store(
  session: Session,
  path: string,
  range: readonly Command[],
  data: readonly Uint8Array[],
  signal: AbortSignal | undefined,
  onSent?: OnSent,
): Promise<StoredState> {
  const release = await session.beginTransfer(path, signal)
  const storing = transfer(session, path, range, data, onSent).finally(release)
  try {
    return await abortable(storing, signal)
  } catch (error) {
    session.dropData()
    throw error
  }
}

async function transfer(
  session: Session,
  path: string,
  range: readonly Command[],
  data: readonly Uint8Array[],
  onSent: OnSent | undefined,
): Promise<StoredState> {
  const stor = command('STOR', session.traits.argument(path))
  const query = sizeQuery(session, path)
  const commands = [...range, stor, ...query.commands]
  const told = (replies: readonly Promise<Reply>[]): Promise<StoredState> => {
    const stored = query.read(replies.slice(range.length + 1))
    stored.catch(() => {}) // the refusal of the data counts more
    onSent?.(stored)
    return stored
  }
  if (data.length === 0) {
    // Nothing travels, so stock UFTPD does not look for a data connection.
    const replies = session.send(commands)
    const stored = told(replies)
    accepted(stor, await replies[range.length]!)
    return stored
  }
  let sent: Promise<void> | undefined
  const send = (connection: DataConnection): void => {
    sent = connection.send(data)
    sent.catch(() => {})
  }
  const { connection, replies } = session.startTransfer(commands, send)
  const stored = told(replies)
  const answer = replies[range.length]!
  try {
    await connection
    await confirmed(session, stor, answer, sent!)
  } catch (error) {
    session.dropData()
    throw error
  }
  return stored
}

/** The server's own word is better than the broken pipe that its refusal leads to. */
async function confirmed(
  session: Session,
  stor: Command,
  answer: Promise<Reply>,
  sent: Promise<void>,
): Promise<void> {
  const reply = await answer
  if (reply.code !== 226) session.dropData() // unblocks the sending
  accepted(stor, reply)
  await sent
}
