/**
 * Cutting and extending files: one command where the server has SITE TRUNCATE. Stock UFTPD can cut to
 * nothing and write anywhere, so:
 *
 * - to 0: STOR of no bytes without RANG;
 * - longer: one zero byte at the new end, the gap reads as zeros;
 * - shorter, small rest: the rest is read into memory and stored anew. STOR cuts first, so from there
 *   on the only copy is ours: it is sent until the server confirms it or the time limit is over, and
 *   no interrupt stops it;
 * - shorter, large rest: it is copied to a temporary file beside, which is renamed over the file.
 *   Memory stays bounded and the file is whole at any time.
 */

import { randomBytes } from 'node:crypto'
import { ErrnoError } from '../support/errno-error.ts'
import { queryAttributes, queryStatLine } from './attribute-query.ts'
import { setMode } from './file-facts.ts'
import { readRange } from './file-read.ts'
import { replaceContent, writeRange } from './file-write.ts'
import { MemorySink } from './memory-sink.ts'
import { removeEntry } from './removal.ts'
import { renameReplacing } from './renaming.ts'
import type { RunOnSession } from './retry.ts'
import type { Session } from './session.ts'
import { escapedArgument, siteCommand } from './wire/commands.ts'

/** The rest of a file that is kept in memory while it is stored anew. */
const smallBytes = 8 * 2 ** 20
const copyBytes = 8 * 2 ** 20

export async function truncateFile(
  run: RunOnSession,
  path: string,
  size: number,
  signal?: AbortSignal,
): Promise<void> {
  const line = await run(async (session) => {
    if (!session.traits.has('TRUNCATE')) return queryStatLine(session, path, signal)
    await session.call(siteCommand('TRUNCATE', size, escapedArgument(path)), signal)
    return undefined
  }, signal)
  if (!line) return
  if (line.directory) throw new ErrnoError('EISDIR', `truncate ${path}`)
  if (size === line.size) return
  if (size === 0) await run((session) => replaceContent(session, path, [], signal), signal)
  else if (size > line.size) await extend(run, path, size, signal)
  else if (size <= smallBytes) await storeAnew(run, path, size, signal)
  else await copyAndReplace(run, path, size, signal)
}

async function extend(
  run: RunOnSession,
  path: string,
  size: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const zero = [new Uint8Array(1)]
  await run((session) => writeRange(session, path, size - 1, zero, signal), signal)
}

async function storeAnew(
  run: RunOnSession,
  path: string,
  size: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const rest = await run((session) => readWhole(session, path, { start: 0, end: size }, signal))
  signal?.throwIfAborted()
  await run((session) => replaceContent(session, path, [rest]))
}

async function copyAndReplace(
  run: RunOnSession,
  path: string,
  size: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const copy = `${path.slice(0, path.lastIndexOf('/'))}/.uftp-mount-${randomBytes(8).toString('hex')}`
  const { mode } = await run((session) => queryAttributes(session, path, signal), signal)
  try {
    for (let start = 0; start < size; start += copyBytes) {
      const range = { start, end: Math.min(size, start + copyBytes) }
      const part = await run((session) => readWhole(session, path, range, signal), signal)
      await run((session) => writeRange(session, copy, start, [part], signal), signal)
    }
    if (mode !== undefined) await run((session) => setMode(session, copy, mode, signal), signal)
    await run(
      (session, isRepetition) =>
        renameReplacing(session, { from: copy, to: path, isRepetition, signal }),
      signal,
    )
  } catch (error) {
    await run((session) => removeEntry(session, 'DELE', copy, true)).catch(() => {})
    throw error
  }
}

async function readWhole(
  session: Session,
  path: string,
  range: { start: number; end: number },
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  const length = range.end - range.start
  const sink = new MemorySink(length, length)
  await readRange(session, path, range, sink, signal)
  const bytes = sink.bytes()
  if (bytes.length === length) return bytes
  throw new ErrnoError('ESTALE', `${path} became shorter while it was being cut`)
}
