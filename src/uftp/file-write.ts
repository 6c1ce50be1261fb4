/**
 * Ranged writes: `SITE STORE`, which tells how large the file is then, or `RANG a b` + `STOR` and the
 * question for it in one packet, with the data right behind. The server reads exactly the announced
 * bytes, so the data connection stays in step; if it refuses, the connection is dropped with whatever
 * is in it.
 *
 * 226 says only that the server has read what came before the end of the data connection. Whether
 * the file holds the bytes is seen from its size.
 */

import { abortable } from '../support/abortable.ts'
import { byteLength } from '../support/byte-length.ts'
import { ErrnoError } from '../support/errno-error.ts'
import { storesAtOnce } from './agreement.ts'
import { changeQuery, sizeQuery, type AttributeQuery } from './attribute-query.ts'
import type { DataConnection } from './data-connection.ts'
import type { EntryAttributes, StoredState } from './file-attributes.ts'
import { accepted } from './reply-errno.ts'
import type { Session } from './session.ts'
import { command, escapedArgument, siteCommand, type Command } from './wire/commands.ts'
import type { Reply } from './wire/reply-reader.ts'

/** A write: which of its commands takes the data, and how the file is told then. */
interface Storing<T extends StoredState> extends AttributeQuery<T> {
  readonly stor: Command
}

/** Called when all is sent, with what the server is going to tell of the file. */
type OnSent<T extends StoredState> = (stored: Promise<T>) => void

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
  onSent?: OnSent<StoredState>,
): Promise<StoredState> {
  const end = endOf(path, offset, data)
  const storing = storesAtOnce(session.traits.agreement)
    ? storingAtOnce(session, path, [offset, end], '')
    : storingAfter([command('RANG', offset, end)], session, path)
  return assertReaches(end, path, await store(session, path, storing, data, signal, onSent))
}

/** The same, and what `facts` says of the file, by one command: see `storesAtOnce`. */
export async function writeRangeAndFacts(
  session: Session,
  path: string,
  offset: number,
  data: readonly Uint8Array[],
  facts: string,
  signal?: AbortSignal,
): Promise<EntryAttributes> {
  const end = endOf(path, offset, data)
  const storing = storingAtOnce(session, path, [offset, end], facts)
  return assertReaches(end, path, await store(session, path, storing, data, signal))
}

/** Replaces the whole content by `data`; a missing file is created. */
export async function replaceContent(
  session: Session,
  path: string,
  data: readonly Uint8Array[],
  signal?: AbortSignal,
): Promise<StoredState> {
  const length = byteLength(data)
  // Without RANG the file is cut to nothing first; ALLO keeps the data connection in step.
  const range = [command('RANG', 1, 0), command('ALLO', length)]
  const state = await store(session, path, storingAfter(range, session, path), data, signal)
  if (state.size === length) return state
  throw new ErrnoError('EIO', `${path} has ${state.size} bytes instead of ${length}`)
}

function storingAtOnce(
  session: Session,
  path: string,
  [offset, end]: readonly [number, number],
  facts: string,
): Storing<EntryAttributes> {
  const stor = siteCommand('STORE', offset, end, facts || '-', escapedArgument(path))
  return { ...changeQuery(session, path, stor), stor }
}

/** `range`: the commands that say where the data goes. */
function storingAfter(
  range: readonly Command[],
  session: Session,
  path: string,
): Storing<StoredState> {
  const stor = command('STOR', session.traits.argument(path))
  const query = sizeQuery(session, path)
  return {
    commands: [...range, stor, ...query.commands],
    stor,
    read: (replies) => query.read(replies.slice(range.length + 1)),
  }
}

function endOf(path: string, offset: number, data: readonly Uint8Array[]): number {
  const end = offset + byteLength(data)
  if (Number.isSafeInteger(end)) return end
  throw new ErrnoError('EFBIG', `write ${path} at ${offset}`)
}

function assertReaches<T extends StoredState>(end: number, path: string, state: T): T {
  if (state.size >= end) return state
  throw new ErrnoError('EIO', `${path} has ${state.size} bytes after a write up to ${end}`)
}

async function store<T extends StoredState>(
  session: Session,
  path: string,
  storing: Storing<T>,
  data: readonly Uint8Array[],
  signal: AbortSignal | undefined,
  onSent?: OnSent<T>,
): Promise<T> {
  const release = await session.beginTransfer(path, signal)
  const result = transfer(session, storing, data, onSent).finally(release)
  try {
    return await abortable(result, signal)
  } catch (error) {
    session.dropData()
    throw error
  }
}

async function transfer<T extends StoredState>(
  session: Session,
  storing: Storing<T>,
  data: readonly Uint8Array[],
  onSent: OnSent<T> | undefined,
): Promise<T> {
  const { commands, stor } = storing
  const told = (replies: readonly Promise<Reply>[]): Promise<T> => {
    const stored = storing.read(replies)
    stored.catch(() => {}) // the refusal of the data counts more
    onSent?.(stored)
    return stored
  }
  const index = commands.indexOf(stor)
  if (data.length === 0) {
    // Nothing travels, so stock UFTPD does not look for a data connection.
    const replies = session.send(commands)
    const stored = told(replies)
    accepted(stor, await replies[index]!)
    return stored
  }
  let sent: Promise<void> | undefined
  const send = (connection: DataConnection): void => {
    sent = connection.send(data)
    sent.catch(() => {})
  }
  const { connection, replies } = session.startTransfer(commands, send)
  const stored = told(replies)
  try {
    await connection
    await confirmed(session, stor, replies[index]!, sent!)
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
