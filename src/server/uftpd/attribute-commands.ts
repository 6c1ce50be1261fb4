/**
 * MFMT and MFF. Modification times are in the server's local time as stock reads them, or UTC with
 * an optional fraction once the client has negotiated facts (file-facts.ts).
 */

import { formatTimeValue, parseTimeValue } from '../../uftp/wire/facts.ts'
import type { CommandTable } from './command.ts'
import { formatLocalTime, parseLocalTime } from './local-time.ts'
import type { Owner } from './posix-storage.ts'
import { Refusal } from './refusal.ts'
import type { Session } from './session.ts'
import type { StoredTimes, TimeChanges } from './storage.ts'

/** Splits at the first space: the path may hold more. */
export function splitPath(argument: string): readonly [string, string] {
  const space = argument.indexOf(' ')
  if (space < 1 || space === argument.length - 1) throw new Refusal(501, 'Argument syntax error')
  return [argument.slice(0, space), argument.slice(space + 1)]
}

/** `100644` as MLST tells it is fine: the type bits are cut. */
export function parseMode(value: string): number {
  if (!/^[0-7]{1,7}$/.test(value)) throw new Refusal(501, `Invalid mode '${value}'`)
  return Number.parseInt(value, 8) & 0o7777
}

/** chown(2) takes the number after the last one for "leave it". */
const largestId = 0xffff_fffe

export function parseId(value: string): number {
  const id = /^\d{1,10}$/.test(value) ? Number(value) : Infinity
  if (id > largestId) throw new Refusal(501, `Invalid number '${value}' of a user or group`)
  return id
}

function parseTime(value: string, utc: boolean): bigint {
  const epochNs = utc ? parseTimeValue(value) : parseLocalTime(value)
  if (epochNs === undefined || (!utc && value.includes('.'))) {
    throw new Refusal(501, `time data '${value}' does not match format 'YYYYMMDDHHMMSS'`)
  }
  return epochNs
}

function formatTime(epochNs: bigint, utc: boolean): string {
  return utc ? formatTimeValue(epochNs, { fraction: true }) : formatLocalTime(epochNs)
}

/** Sets the time and tells what is stored. */
async function mfmt(session: Session, argument: string): Promise<string> {
  const [value, target] = splitPath(argument)
  const path = session.path(target)
  const utc = session.facts.negotiated
  const time = parseTime(value, utc)
  const times = { mtimeNs: time, atimeNs: time }
  const { mtimeNs } = await session.parts.storage.setTimes(path, times, 'follow')
  return `213 Modify=${formatTime(mtimeNs, utc)}; ${target}`
}

/** Everything that one MFF changes. */
interface Changes {
  readonly owner: Partial<Owner>
  readonly mode?: number
  readonly times: TimeChanges
}

/** What a fact's value changes, and how what is stored is told; otherwise the value is repeated. */
interface ChangeableFact {
  readonly parse: (value: string, utc: boolean) => Partial<Changes>
  readonly stored?: (times: StoredTimes, utc: boolean) => string
}

const facts: Readonly<Record<string, ChangeableFact>> = {
  'UNIX.mode': { parse: (value) => ({ mode: parseMode(value) }) },
  'UNIX.uid': { parse: (value) => ({ owner: { uid: parseId(value) } }) },
  'UNIX.gid': { parse: (value) => ({ owner: { gid: parseId(value) } }) },
  modify: {
    parse: (value, utc) => ({
      times: { mtimeNs: value === 'now' ? value : parseTime(value, utc) },
    }),
    stored: ({ mtimeNs }, utc) => formatTime(mtimeNs, utc),
  },
  // No stock client knows it, so it is UTC always.
  'UNIX.atime': {
    parse: (value) => ({ times: { atimeNs: value === 'now' ? value : parseTime(value, true) } }),
    stored: ({ atimeNs }) => formatTime(atimeNs, true),
  },
}

const factsByName = new Map(Object.entries(facts).map(([name, fact]) => [name.toLowerCase(), fact]))

/** As FEAT lists them. */
export const changeableFacts = Object.keys(facts)
  .map((name) => `${name};`)
  .join('')

/** Nothing is changed unless every fact is one that can be changed, to a value that it can have. */
async function mff(session: Session, argument: string): Promise<string> {
  const [list, target] = splitPath(argument)
  const path = session.path(target)
  const utc = session.facts.negotiated
  const wanted = list
    .split(';')
    .filter((text) => text !== '')
    .map((text) => {
      const equals = text.indexOf('=')
      const name = text.slice(0, Math.max(0, equals))
      const fact = factsByName.get(name.toLowerCase())
      if (!fact) throw new Refusal(504, `Not supported: '${name || text}'`)
      return { name, value: text.slice(equals + 1), fact }
    })
  const changes = combined(wanted.map(({ value, fact }) => fact.parse(value, utc)))
  const times = await apply(session, path, changes)
  const told = wanted.map(({ name, value, fact }) => {
    return `${name}=${times && fact.stored ? fact.stored(times, utc) : value}`
  })
  return `213 ${told.join(';')}; ${target}`
}

function combined(parts: readonly Partial<Changes>[]): Changes {
  let changes: Changes = { owner: {}, times: {} }
  for (const part of parts) {
    changes = {
      ...changes,
      ...part,
      owner: { ...changes.owner, ...part.owner },
      times: { ...changes.times, ...part.times },
    }
  }
  return changes
}

/** Owner before mode, because chown(2) takes bits of the mode away. */
async function apply(
  session: Session,
  path: string,
  { owner, mode, times }: Changes,
): Promise<StoredTimes | undefined> {
  const { storage, posix } = session.parts
  if (Object.keys(owner).length > 0) await posix.setOwner(path, owner)
  if (mode !== undefined) await storage.setMode(path, mode)
  if (Object.keys(times).length === 0) return undefined
  return storage.setTimes(path, times, 'show')
}

export const attributeCommands = {
  MFMT: { level: 'WRITE', needsArgument: true, run: mfmt },
  MFF: { level: 'WRITE', needsArgument: true, run: mff },
} as const satisfies CommandTable
