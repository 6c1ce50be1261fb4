/**
 * Lines that describe files: the facts of MLST and MLSD (RFC 3659 §7), their time values (§2.3) and
 * the lines of UFTPD's STAT. Parsing is strict about the frame and lenient about unknown facts.
 */

import { decodeName, encodeName } from '../../support/name-bytes.ts'
import { epochNsOf, timespecOf } from '../../support/timespec.ts'

const space = 0x20
const point = 0x2e
const zero = 0x30
const semicolon = 0x3b
const equalsSign = 0x3d

/**
 * Passes over the facts of a line `size=20;type=file; name` that is `bytes[start, end)`. A fact's name is
 * `bytes[from, equals)`, its value `bytes[equals + 1, to)`. Returns where the file's name starts; -1:
 * the line is malformed.
 */
export function scanFacts(
  bytes: Uint8Array,
  start: number,
  end: number,
  onFact: (from: number, equals: number, to: number) => void,
): number {
  let from = start
  let equals = -1
  for (let position = start; position < end; position++) {
    const byte = bytes[position]
    if (byte === equalsSign && equals < 0) equals = position
    if (byte !== semicolon && byte !== space) continue
    if (equals > from) onFact(from, equals, position)
    else if (equals === from || position > from) return -1
    if (byte === space) return position + 1
    from = position + 1
    equals = -1
  }
  return -1
}

export interface FactLine {
  /** Fact names in lower case. */
  readonly facts: ReadonlyMap<string, string>
  readonly name: string
}

/** `size=20;type=file; name`, without the leading space of MLST. Undefined when malformed. */
export function parseFactLine(line: string): FactLine | undefined {
  const bytes = encodeName(line)
  const facts = new Map<string, string>()
  const name = scanFacts(bytes, 0, bytes.length, (from, equals, to) => {
    const fact = decodeName(bytes.subarray(from, equals)).toLowerCase()
    facts.set(fact, decodeName(bytes.subarray(equals + 1, to)))
  })
  return name < 0 ? undefined : { facts, name: decodeName(bytes.subarray(name)) }
}

/** `size=20;type=file;`. Facts without a value are left out. */
export function formatFacts<Fact extends string>(
  facts: readonly Fact[],
  valueOf: (fact: Fact) => string | undefined,
): string {
  let line = ''
  for (const fact of facts) {
    const value = valueOf(fact)
    if (value !== undefined) line += `${fact}=${value};`
  }
  return line
}

/** `uid=0;gid=0;` as the replies to SITE ID and SITE STATFS have it; what is no number is left out. */
export function parseNumberFacts(text: string): ReadonlyMap<string, number> {
  const found = [...text.matchAll(/([a-z]+)=(\d+);/g)]
  return new Map(found.map(([, fact, value]) => [fact!, Number(value)]))
}

/** The number that `bytes[start, end)` writes in digits alone; undefined: anything else. */
export function readDigits(
  bytes: Uint8Array,
  start: number,
  end: number,
  radix: 8 | 10 = 10,
): number | undefined {
  if (start === end) return undefined
  let number = 0
  for (let index = start; index < end; index++) {
    const digit = bytes[index]! - zero
    if (digit < 0 || digit >= radix) return undefined
    number = number * radix + digit
  }
  return number
}

/**
 * `YYYYMMDDHHMMSS[.fraction]` read as UTC: nanoseconds since the epoch. Undefined when malformed
 * or not a date. A server that writes its local time needs its UTC offset subtracted.
 */
export function parseTimeValue(text: string): bigint | undefined {
  const bytes = encodeName(text)
  return readTimeValue(bytes, 0, bytes.length)
}

/** The same of `bytes[start, end)`. */
export function readTimeValue(bytes: Uint8Array, start: number, end: number): bigint | undefined {
  const dateEnd = start + 8
  const clockEnd = start + 14
  if (end < clockEnd) return undefined
  const date = readDigits(bytes, start, dateEnd)
  const clock = readDigits(bytes, dateEnd, clockEnd)
  const nanoseconds = end === clockEnd ? 0 : readFraction(bytes, clockEnd, end)
  if (date === undefined || clock === undefined || nanoseconds === undefined) return undefined
  const year = Math.floor(date / 10_000)
  const month = Math.floor(date / 100) % 100
  const day = date % 100
  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return undefined
  const hour = Math.floor(clock / 10_000)
  const minute = Math.floor(clock / 100) % 100
  const second = clock % 100
  if (hour > 23 || minute > 59 || second > 60) return undefined // 60: a leap second, RFC 3659 §2.3
  // Date.UTC would read years below 100 as 19xx; the calendar repeats after 400 years.
  const midnightMs = Date.UTC(year + 400, month - 1, day) - cycleMs
  return epochNsOf(BigInt(midnightMs / 1000 + hour * 3600 + minute * 60 + second), nanoseconds)
}

/** `.5` is half a second; digits after the ninth do not count. */
function readFraction(bytes: Uint8Array, start: number, end: number): number | undefined {
  const digits = end - start - 1
  if (bytes[start] !== point || readDigits(bytes, start + 1, end) === undefined) return undefined
  return (
    readDigits(bytes, start + 1, start + 1 + Math.min(9, digits))! * 10 ** Math.max(0, 9 - digits)
  )
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
  const day = date.getUTCFullYear() * 10_000 + (date.getUTCMonth() + 1) * 100 + date.getUTCDate()
  const clock = date.getUTCHours() * 10_000 + date.getUTCMinutes() * 100 + date.getUTCSeconds()
  const digits = String(day).padStart(8, '0') + String(clock).padStart(6, '0')
  if (!options?.fraction || nanoseconds === 0) return digits
  return `${digits}.${String(nanoseconds).padStart(9, '0').replace(/0+$/, '')}`
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
