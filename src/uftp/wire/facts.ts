/**
 * Lines that describe files: the facts of MLST and MLSD (RFC 3659 §7), their time values (§2.3) and
 * the lines of UFTPD's STAT. Parsing is strict about the frame and lenient about unknown facts.
 */

import { epochNsOf, timespecOf } from '../../support/timespec.ts'

export interface FactLine {
  /** Fact names in lower case. */
  readonly facts: ReadonlyMap<string, string>
  readonly name: string
}

/** `size=20;type=file; name`, without the leading space of MLST. Undefined when malformed. */
export function parseFactLine(line: string): FactLine | undefined {
  const gap = line.indexOf(' ')
  if (gap < 0) return undefined
  const facts = new Map<string, string>()
  for (const fact of line.slice(0, gap).split(';')) {
    if (fact === '') continue
    const equals = fact.indexOf('=')
    if (equals < 1) return undefined
    facts.set(fact.slice(0, equals).toLowerCase(), fact.slice(equals + 1))
  }
  return { facts, name: line.slice(gap + 1) }
}

export function formatFactLine(facts: Iterable<readonly [string, string]>, name: string): string {
  let line = ''
  for (const [fact, value] of facts) line += `${fact}=${value};`
  return `${line} ${name}`
}

/** `uid=0;gid=0;` as the replies to SITE ID and SITE STATFS have it; what is no number is left out. */
export function parseNumberFacts(text: string): ReadonlyMap<string, number> {
  const found = [...text.matchAll(/([a-z]+)=(\d+);/g)]
  return new Map(found.map(([, fact, value]) => [fact!, Number(value)]))
}

const timeValue = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(?:\.(\d{1,9})\d*)?$/

/**
 * `YYYYMMDDHHMMSS[.fraction]` read as UTC: nanoseconds since the epoch. Undefined when malformed
 * or not a date. A server that writes its local time needs its UTC offset subtracted.
 */
export function parseTimeValue(text: string): bigint | undefined {
  const match = timeValue.exec(text)
  if (!match) return undefined
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return undefined
  if (hour > 23 || minute > 59 || second > 60) return undefined // 60: a leap second, RFC 3659 §2.3
  // Date.UTC would read years below 100 as 19xx; the calendar repeats after 400 years.
  const midnightMs = Date.UTC(year + 400, month - 1, day) - cycleMs
  const seconds = midnightMs / 1000 + hour * 3600 + minute * 60 + second
  return epochNsOf(BigInt(seconds), Number((match[7] ?? '').padEnd(9, '0')))
}

/** 400 years of the Gregorian calendar. */
const cycleMs = 146_097 * 86_400_000

function daysOf(year: number, month: number): number {
  if (month !== 2) return [4, 6, 9, 11].includes(month) ? 30 : 31
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
}

/** The inverse. Whole seconds, or with `fraction` nanoseconds (trailing zeros cut). */
export function formatTimeValue(epochNs: bigint, options?: { fraction?: boolean }): string {
  const { seconds, nanoseconds } = timespecOf(epochNs)
  const date = new Date(Number(seconds) * 1000)
  const digits = date.toISOString().replace(/\D/g, '').slice(0, 14)
  if (!options?.fraction || nanoseconds === 0) return digits
  return `${digits}.${nanoseconds.toString().padStart(9, '0').replace(/0+$/, '')}`
}

/** A line of STAT: `-rw- 20 1795213845000 name`. The letters are access(2) of the session's user. */
export interface StatLine {
  readonly directory: boolean
  readonly readable: boolean
  readonly writable: boolean
  readonly executable: boolean
  readonly size: number
  /** Milliseconds since the epoch, true UTC, always a whole second. */
  readonly mtimeMs: number
  readonly name: string
}

const statLine = /^([-d])([-r])([-w])([-x]) (\d+) (-?\d+) (.*)$/s

/** Without the leading space that every line of the reply has; names keep all their blanks. */
export function parseStatLine(line: string): StatLine | undefined {
  const match = statLine.exec(line)
  if (!match) return undefined
  const [, type, read, write, execute, size, mtime, name] = match
  return {
    directory: type === 'd',
    readable: read === 'r',
    writable: write === 'w',
    executable: execute === 'x',
    size: Number(size),
    mtimeMs: Number(mtime),
    name: name!,
  }
}

export function formatStatLine(line: StatLine): string {
  const letters =
    (line.directory ? 'd' : '-') +
    (line.readable ? 'r' : '-') +
    (line.writable ? 'w' : '-') +
    (line.executable ? 'x' : '-')
  return `${letters} ${line.size} ${line.mtimeMs} ${line.name}`
}
