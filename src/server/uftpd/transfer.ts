/** Moves the bytes of RETR, STOR and APPE between a file and the data connection. */

import { byteLength } from '../../support/byte-length.ts'
import type { DataConnection } from './data-connection.ts'
import { errorText } from './error-reply.ts'
import { Refusal } from './refusal.ts'
import type { Session } from './session.ts'
import { speakingOf, StorageError } from './storage-error.ts'
import type { SourceFile, TargetFile } from './storage.ts'

/** One read of the file; the next is under way while this one is being sent. */
const readBytes = 1024 * 1024
/** Most of what one write to the file takes. */
const writeBytes = 4 * 1024 * 1024

/**
 * Sends `length` bytes from `offset`. Ends the connection unless the session keeps it alive. After
 * a failure the connection is cut: its reader cannot know which bytes were missing.
 */
export async function sendFile(
  session: Session,
  file: SourceFile,
  path: string,
  connection: DataConnection,
  offset: number,
  length: number,
): Promise<void> {
  const { data } = session.parts
  try {
    await speakingOf(path, () => sendBytes(session, file, path, connection, offset, length))
  } catch (error) {
    data.destroy()
    throw brokenFlow(error)
  }
  if (!session.keepAlive) data.close()
}

async function sendBytes(
  session: Session,
  file: SourceFile,
  path: string,
  connection: DataConnection,
  offset: number,
  length: number,
): Promise<void> {
  const { rate } = session.parts
  const piece = Math.min(readBytes, rate.chunkLimit, length)
  const end = offset + length
  let at = offset
  let turn: 0 | 1 = 0
  const readNext = (): Promise<number> => {
    const buffer = session.buffers.take(turn, piece)
    const next = file.read(buffer.subarray(0, Math.min(piece, end - at)), at)
    // It may fail while the piece before it is being sent: who awaits it is told then.
    next.catch(() => undefined)
    return next
  }
  let reading = readNext()
  try {
    while (at < end) {
      const count = await reading
      // The file has been cut since 150 announced its length.
      if (count === 0) throw StorageError.of('ESTALE', path)
      const filled = session.buffers.take(turn, piece).subarray(0, count)
      at += count
      turn = turn === 0 ? 1 : 0
      if (at < end) reading = readNext()
      await connection.write(filled)
      await rate.account(count)
    }
  } finally {
    // Its buffer and descriptor are used again as soon as this transfer is over.
    await reading.catch(() => 0)
  }
}

/**
 * Receives what RANG or ALLO announced, or everything until the client closes. What has arrived
 * stays in the file even if the rest never does; only then the store fails.
 */
export async function receiveFile(
  session: Session,
  file: TargetFile,
  path: string,
  connection: DataConnection,
): Promise<void> {
  const { data, log } = session.parts
  const { range } = session
  let received = 0
  try {
    await speakingOf(path, async () => {
      received = await receiveBytes(session, file, connection)
    })
  } catch (error) {
    data.destroy()
    throw brokenFlow(error)
  }
  if (!range.isComplete(received)) {
    data.destroy()
    log.error('store incomplete: the client went before all announced bytes had arrived', {
      path,
      received,
      announced: range.count,
    })
    throw new Refusal(426, `Connection closed after ${received} of ${range.count} bytes`)
  }
  if (!session.keepAlive || range.count === undefined) data.close()
}

async function receiveBytes(
  session: Session,
  file: TargetFile,
  connection: DataConnection,
): Promise<number> {
  const { rate } = session.parts
  const { range } = session
  const count = range.count ?? Infinity
  let received = 0
  while (received < count) {
    const limit = Math.min(writeBytes, rate.chunkLimit, count - received)
    const pieces = await connection.take(limit)
    if (pieces.length === 0) break
    await file.write(pieces, range.offset + received)
    const taken = byteLength(pieces)
    received += taken
    await rate.account(taken)
  }
  if (received === 0) await file.touch()
  connection.pause()
  return received
}

/** What the peer or the network did is 426 (RFC 959); the file system's errors stay what they are. */
function brokenFlow(error: unknown): unknown {
  if (!(error instanceof StorageError)) return error
  const network = ['EPIPE', 'ECONNRESET', 'ETIMEDOUT', 'ECONNABORTED', 'EHOSTUNREACH']
  if (!network.includes(error.code)) return error
  return new Refusal(426, errorText(error))
}
