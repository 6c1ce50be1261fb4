/**
 * The last write of a file: its attributes are set right behind the data, without a wait between. A
 * repetition writes and sets the same again, whatever the broken attempt has done.
 */

import { ErrnoError } from '../support/errno-error.ts'
import { storesAtOnce } from './agreement.ts'
import { ConnectionLost } from './connection-lost.ts'
import type { EntryAttributes, StoredState } from './file-attributes.ts'
import { assertSettable, factsToSet, setAttributes, type NewAttributes } from './file-facts.ts'
import { areKept } from './file-times.ts'
import { writeRange, writeRangeAndFacts } from './file-write.ts'
import type { Session } from './session.ts'

export interface LastWrite {
  readonly offset: number
  readonly data: readonly Uint8Array[]
  readonly attributes: NewAttributes
  /** Our time, for servers that cannot be told `now`. */
  readonly clockNs: bigint
}

/** A file after its last write, and how it went with the attributes. */
export interface FinishedFile extends StoredState {
  readonly attributes: PromiseSettledResult<EntryAttributes>
}

/** Throws what the server says against the data; the attributes may be set even then. */
export async function writeLast(
  session: Session,
  path: string,
  last: LastWrite,
  signal?: AbortSignal,
): Promise<FinishedFile> {
  if (storesAtOnce(session.traits.agreement)) {
    try {
      return await writeAtOnce(session, path, last, signal)
    } catch (error) {
      if (error instanceof ConnectionLost || signal?.aborted) throw error
      // Either the data or the attributes were refused: two commands tell which.
    }
  }
  return writeInSteps(session, path, last, signal)
}

async function writeAtOnce(
  session: Session,
  path: string,
  { offset, data, attributes }: LastWrite,
  signal: AbortSignal | undefined,
): Promise<FinishedFile> {
  assertSettable(session, path, attributes)
  const facts = factsToSet(attributes)
  const value = await writeRangeAndFacts(session, path, offset, data, facts, signal)
  if (!areKept(attributes, value)) throw new ErrnoError('EOPNOTSUPP', `set the times of ${path}`)
  const { size, mtimeNs } = value
  return { size, mtimeNs, attributes: { status: 'fulfilled', value } }
}

async function writeInSteps(
  session: Session,
  path: string,
  { offset, data, attributes, clockNs }: LastWrite,
  signal: AbortSignal | undefined,
): Promise<FinishedFile> {
  let setting: Promise<EntryAttributes> | undefined
  const onSent = (before: Promise<StoredState>): void => {
    setting = setAttributes(session, path, attributes, { clockNs, before }, signal)
    setting.catch(() => {}) // looked at below
  }
  const writing = writeRange(session, path, offset, data, signal, onSent)
  const [written] = await Promise.allSettled([writing])
  // Nothing is under way any more when a failure is told.
  const [set] = await Promise.allSettled([setting])
  if (written.status === 'rejected') throw written.reason
  if (set.status === 'fulfilled')
    return { ...written.value, attributes: { ...set, value: set.value! } }
  if (set.reason instanceof ConnectionLost) throw set.reason
  return { ...written.value, attributes: set }
}
