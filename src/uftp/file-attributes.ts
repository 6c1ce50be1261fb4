/**
 * Attributes out of the two ways UFTPD describes a file: facts (MLST, MLSD) tell the mode, but stock
 * servers write their time in local time; STAT tells the exact time, but no mode.
 */

import type { StatLine } from './wire/facts.ts'

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

export function hasTime(attributes: FactAttributes): attributes is EntryAttributes {
  return attributes.mtimeNs !== undefined
}

/** Both describe the same kind of thing. */
export function sameType(facts: FactAttributes, line: StatLine): boolean {
  return (facts.type === 'directory') === line.directory
}
