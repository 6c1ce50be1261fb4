/**
 * Attributes out of the two ways UFTPD describes a file: facts (MLST, MLSD) tell the mode, but stock
 * servers write their time in local time; STAT tells the exact time, but no mode.
 */

import { parseTimeValue, type FactLine, type StatLine } from './wire/facts.ts'
import { unescapePath } from './wire/path-escape.ts'

export type EntryType =
  'file' | 'directory' | 'symlink' | 'fifo' | 'socket' | 'character-device' | 'block-device'

export interface EntryAttributes {
  readonly type: EntryType
  readonly size: number
  /** Permission bits, 0o7777 at most; undefined if the server does not tell. */
  readonly mode: number | undefined
  /** What the session's account may do: 4 read, 2 write, 1 execute; undefined as above. */
  readonly access: number | undefined
  /** Nanoseconds since the epoch. */
  readonly mtimeNs: bigint
  // Absent if the server does not tell.
  readonly birthTimeNs?: bigint
  readonly atimeNs?: bigint
  readonly ctimeNs?: bigint
  readonly nlink?: number
  readonly uid?: number
  readonly gid?: number
  /** The same for all names of one file. */
  readonly fileId?: string
  /** Of symbolic links. */
  readonly linkTarget?: string
}

/** What facts tell; a time that cannot be written in 14 digits is undefined. */
export type FactAttributes = Omit<EntryAttributes, 'mtimeNs'> & {
  readonly mtimeNs: bigint | undefined
}

type Further = Omit<EntryAttributes, 'type' | 'size' | 'mode' | 'access' | 'mtimeNs'>

export interface ListedEntry {
  readonly name: string
  readonly attributes: EntryAttributes
}

/** A file as it is after a change. */
export interface StoredState {
  readonly size: number
  readonly mtimeNs: bigint
}

/** Which file a transfer has opened, and its content then. */
export interface OpenedState extends StoredState {
  /** Absent if the server does not tell. */
  readonly fileId?: string
}

/** S_IFMT and its values (stat.h). */
const typeMask = 0o170000
const typesByBits = new Map<number, EntryType>([
  [0o100000, 'file'],
  [0o040000, 'directory'],
  [0o120000, 'symlink'],
  [0o010000, 'fifo'],
  [0o140000, 'socket'],
  [0o020000, 'character-device'],
  [0o060000, 'block-device'],
])

const typesByFact = new Map<string, EntryType>([
  ['file', 'file'],
  ['dir', 'directory'],
  ['cdir', 'directory'],
  ['pdir', 'directory'],
  ['os.unix=slink', 'symlink'],
])

const timeFacts = [
  ['create', 'birthTimeNs'],
  ['unix.atime', 'atimeNs'],
  ['unix.ctime', 'ctimeNs'],
] as const
const numberFacts = [
  ['unix.nlink', 'nlink'],
  ['unix.uid', 'uid'],
  ['unix.gid', 'gid'],
] as const

/**
 * Undefined when size or type is missing or malformed. `modify` is taken as UTC; the other times
 * count only where it is.
 */
export function attributesOfFacts(
  { facts }: FactLine,
  times: 'local' | 'utc',
): FactAttributes | undefined {
  const size = facts.get('size')
  const mtimeNs = parseTimeValue(facts.get('modify') ?? '')
  const bits = facts.get('unix.mode')
  const mode = bits !== undefined && /^[0-7]{1,7}$/.test(bits) ? parseInt(bits, 8) : undefined
  const type =
    (mode === undefined ? undefined : typesByBits.get(mode & typeMask)) ??
    typesByFact.get((facts.get('type') ?? '').toLowerCase())
  if (size === undefined || !/^\d+$/.test(size)) return undefined
  if (type === undefined) return undefined
  return {
    type,
    size: Number(size),
    mode: mode === undefined ? undefined : mode & 0o7777,
    access: accessOfPerm(facts.get('perm')),
    mtimeNs,
    ...(times === 'utc' && furtherAttributes(facts)),
  }
}

/** What only servers that select facts tell. */
function furtherAttributes(facts: FactLine['facts']): Further {
  const further: { -readonly [Key in keyof Further]: Further[Key] } = {}
  for (const [fact, key] of timeFacts) {
    const value = parseTimeValue(facts.get(fact) ?? '')
    if (value !== undefined) further[key] = value
  }
  for (const [fact, key] of numberFacts) {
    const value = facts.get(fact)
    if (value !== undefined && /^\d+$/.test(value)) further[key] = Number(value)
  }
  const fileId = facts.get('unique')
  if (fileId !== undefined) further.fileId = fileId
  const target = unescapePath(facts.get('unix.slink') ?? '%')
  if (target !== undefined) further.linkTarget = target
  return further
}

/** Type and mode of the facts, size and time of the STAT line. */
export function attributesOfBoth(facts: FactAttributes, line: StatLine): EntryAttributes {
  return { ...facts, size: line.size, access: accessOf(line), mtimeNs: mtimeNsOf(line) }
}

/** For files that the server cannot put into facts. */
export function attributesOfStat(line: StatLine): EntryAttributes {
  const { size, directory } = line
  const type = directory ? 'directory' : 'file'
  return { type, size, mode: undefined, access: accessOf(line), mtimeNs: mtimeNsOf(line) }
}

export function mtimeNsOf(line: StatLine): bigint {
  return BigInt(line.mtimeMs) * 1_000_000n
}

function accessOf({ readable, writable, executable }: StatLine): number {
  return (readable ? 4 : 0) | (writable ? 2 : 0) | (executable ? 1 : 0)
}

/** UFTPD's letters (`rwx`, for directories `lwe`) and those of RFC 3659 §7.5.5 for the same. */
function accessOfPerm(perm: string | undefined): number | undefined {
  if (perm === undefined) return undefined
  const has = (letters: RegExp, bit: number): number => (letters.test(perm) ? bit : 0)
  return has(/[rl]/i, 4) | has(/[wc]/i, 2) | has(/[xe]/i, 1)
}

/** Both describe the same kind of thing. */
export function sameType(facts: FactAttributes, line: StatLine): boolean {
  return (facts.type === 'directory') === line.directory
}
