/**
 * MFMT and MFF. Modification times are in the server's local time as stock reads them, or UTC with
 * an optional fraction once the client has negotiated facts (file-facts.ts).
 */

import { formatTimeValue, parseTimeValue } from '../../uftp/wire/facts.ts'
import type { CommandTable } from './command.ts'
import { formatLocalTime, parseLocalTime } from './local-time.ts'
import { Refusal } from './refusal.ts'
import { withFacts } from './reply-facts.ts'
import type { Session } from './session.ts'
import type { FileChanges, StoredTimes } from './storage.ts'

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

/** What a value of it changes, and how what is stored is told; otherwise the value is repeated. */
interface ChangeableFact {
  readonly parse: (value: string, utc: boolean) => FileChanges
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

interface WantedFact {
  readonly name: string
  readonly value: string
  readonly fact: ChangeableFact
}

/** Refuses unless every fact is one that can be changed. */
function wantedFacts(list: string): readonly WantedFact[] {
  return list
    .split(';')
    .filter((text) => text !== '')
    .map((text) => {
      const equals = text.indexOf('=')
      const name = text.slice(0, Math.max(0, equals))
      const fact = factsByName.get(name.toLowerCase())
      if (!fact) throw new Refusal(504, `Not supported: '${name || text}'`)
      return { name, value: text.slice(equals + 1), fact }
    })
}

/** What `fact=value;…` changes. Refuses values that a fact cannot have. */
export function parseChanges(session: Session, list: string): FileChanges {
  return changesOf(wantedFacts(list), session.facts.negotiated)
}

function changesOf(wanted: readonly WantedFact[], utc: boolean): FileChanges {
  return combined(wanted.map(({ value, fact }) => fact.parse(value, utc)))
}

async function mff(session: Session, argument: string): Promise<string> {
  const [list, target] = splitPath(argument)
  const path = session.path(target)
  const utc = session.facts.negotiated
  const wanted = wantedFacts(list)
  const times = await apply(session, path, changesOf(wanted, utc))
  if (session.tellsFacts) return withFacts(session, '213 Changed', path)
  const told = wanted.map(({ name, value, fact }) => {
    return `${name}=${times && fact.stored ? fact.stored(times, utc) : value}`
  })
  return `213 ${told.join(';')}; ${target}`
}

function combined(parts: readonly FileChanges[]): FileChanges {
  let changes: FileChanges = {}
  for (const part of parts) {
    changes = {
      ...changes,
      ...part,
      ...(part.owner && { owner: { ...changes.owner, ...part.owner } }),
      ...(part.times && { times: { ...changes.times, ...part.times } }),
    }
  }
  return changes
}

/** Owner before mode, because chown(2) takes bits of the mode away. */
async function apply(
  session: Session,
  path: string,
  { owner, mode, times }: FileChanges,
): Promise<StoredTimes | undefined> {
  const { storage, posix } = session.parts
  if (owner) await posix.setOwner(path, owner)
  if (mode !== undefined) await storage.setMode(path, mode)
  return times && storage.setTimes(path, times, 'show')
}

export const attributeCommands = {
  MFMT: { level: 'WRITE', needsArgument: true, run: mfmt },
  MFF: { level: 'WRITE', needsArgument: true, run: mff },
} as const satisfies CommandTable
