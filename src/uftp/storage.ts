/**
 * What concerns the storage behind a path: its space, its durability, copies within it
 * (docs/PROTOCOL.md §10). EOPNOTSUPP where the server has no such command.
 */

import { abortable } from '../support/abortable.ts'
import { rangeLength, type ByteRange } from '../support/byte-range.ts'
import { ErrnoError } from '../support/errno-error.ts'
import type { RunOnSession } from './retry.ts'
import type { Session } from './session.ts'
import { escapedArgument, siteCommand, type Command } from './wire/commands.ts'
import { parseNumberFacts } from './wire/facts.ts'
import type { SiteCommand } from './wire/features.ts'
import type { Reply } from './wire/reply-reader.ts'

/** Of one SITE COPY: a slow disk takes a second. */
const pieceBytes = 64 * 2 ** 20

/** As statvfs(3). */
export interface StorageStatistics {
  readonly blockSize: number
  readonly blocks: number
  readonly blocksFree: number
  readonly blocksAvailable: number
  readonly files: number
  readonly filesFree: number
  readonly nameLengthMax: number
}

export async function queryStatistics(
  session: Session,
  path: string,
  signal?: AbortSignal,
): Promise<StorageStatistics> {
  assertHas(session, 'STATFS', path)
  const { text } = await session.call(siteCommand('STATFS', escapedArgument(path)), signal)
  const facts = parseNumberFacts(text)
  const value = (fact: string): number => {
    const number = facts.get(fact)
    if (number === undefined) throw new ErrnoError('EPROTO', `SITE STATFS answered ${text}`)
    return number
  }
  return {
    blockSize: value('bsize'),
    blocks: value('blocks'),
    blocksFree: value('bfree'),
    blocksAvailable: value('bavail'),
    files: value('files'),
    filesFree: value('ffree'),
    nameLengthMax: value('namelen'),
  }
}

export async function syncStorage(
  session: Session,
  path: string,
  signal?: AbortSignal,
): Promise<void> {
  assertHas(session, 'FSYNC', path)
  await runAlone(session, siteCommand('FSYNC', escapedArgument(path)), signal)
}

/** Paths are the server's. */
export interface CopyPlace {
  readonly from: string
  readonly range: ByteRange
  readonly to: string
  readonly offset: number
}

/** In pieces. Resolves with the bytes copied: fewer only where `from` ends. */
export async function copyRange(
  run: RunOnSession,
  { from, range, to, offset }: CopyPlace,
  signal?: AbortSignal,
): Promise<number> {
  const whole = rangeLength(range)
  let copied = 0
  while (copied < whole) {
    const start = range.start + copied
    const end = Math.min(range.end, start + pieceBytes)
    const place = { from, range: { start, end }, to, offset: offset + copied }
    const piece = await run((session) => copyPiece(session, place, signal), signal)
    copied += piece
    if (piece < end - start) break
  }
  return copied
}

async function copyPiece(
  session: Session,
  { from, range, to, offset }: CopyPlace,
  signal: AbortSignal | undefined,
): Promise<number> {
  assertHas(session, 'COPY', from)
  const source = [range.start, range.end, escapedArgument(from)]
  const copy = siteCommand('COPY', ...source, offset, escapedArgument(to))
  const { text } = await runAlone(session, copy, signal)
  const copied = Number(/^\d+/.exec(text)?.[0] ?? NaN)
  if (copied <= rangeLength(range)) return copied
  throw new ErrnoError('EPROTO', `SITE COPY answered ${text}`)
}

/** Until the server has answered, nobody else is to wait behind it. */
async function runAlone(session: Session, one: Command, signal?: AbortSignal): Promise<Reply> {
  const running = session.transferLock.run(() => session.call(one), signal)
  return abortable(running, signal)
}

function assertHas(session: Session, site: SiteCommand, path: string): void {
  if (!session.traits.has(site)) throw new ErrnoError('EOPNOTSUPP', `SITE ${site} of ${path}`)
}
