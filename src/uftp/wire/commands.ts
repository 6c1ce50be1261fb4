/**
 * The commands the client sends: one row holds all facts, command lines are made here alone.
 *
 * `accepts`: the codes of success. `transfers`: it uses the data connection, a 150 may come before
 * the final reply. `changes`: has a side effect that a second execution would not repeat in the same
 * way; all others may be sent again on another session when the first has died.
 */

import { randomInt } from 'node:crypto'
import { ErrnoError } from '../../support/errno-error.ts'
import { isUtf8Name } from '../../support/name-bytes.ts'
import type { SiteCommand } from './features.ts'
import { escapePath } from './path-escape.ts'
import type { Marker, Reply } from './reply-reader.ts'

export interface CommandSpec {
  readonly accepts: readonly number[]
  readonly transfers?: true
  readonly changes?: true
  /** The argument must not reach a log. */
  readonly secret?: true
  readonly oddity?: string
}

export const commands = {
  USER: { accepts: [331], oddity: 'must be exactly "USER anonymous"' },
  PASS: { accepts: [230], secret: true, oddity: 'EOF after 230: the base directory is refused' },
  FEAT: { accepts: [211], oddity: 'stock 3.5 merges lines that miss a comma' },
  OPTS: { accepts: [200], oddity: 'stock answers 500 to options it does not know' },
  'KEEP-ALIVE': { accepts: [200] },
  PWD: { accepts: [257], oddity: 'stock prints / until the first CWD if there is no base' },
  CWD: { accepts: [200, 250] },
  EPSV: { accepts: [229], oddity: 'closes the open data connection; then waits 30 s for the new' },
  PASV: { accepts: [227], oddity: 'as EPSV' },
  RANG: {
    accepts: [350],
    oddity: 'the end is exclusive; "RANG 1 0" resets; stays after a failure',
  },
  ALLO: { accepts: [200], oddity: 'sets the length but not the offset of a STOR' },
  RETR: { accepts: [226], transfers: true, oddity: '150 tells the asked, not the real length' },
  STOR: { accepts: [226], transfers: true, oddity: 'creates the file before 150' },
  MLSD: { accepts: [226], transfers: true, oddity: 'closes the data connection' },
  MLST: { accepts: [250], oddity: 'a failure closes the data connection' },
  STAT: {
    accepts: [211],
    oddity: 'says 500 for what is missing; "F path" one, "N path" a listing',
  },
  MKD: { accepts: [257], changes: true },
  RMD: { accepts: [200, 250], changes: true },
  DELE: { accepts: [200, 250], changes: true },
  RNFR: { accepts: [350], oddity: 'does not look whether the file exists' },
  RNTO: { accepts: [200, 250], changes: true, oddity: 'a second RNTO reuses the last RNFR' },
  SITE: { accepts: [200, 213], changes: true },
  MFMT: { accepts: [213], oddity: 'stock: local time; no blank in the path' },
  MFF: { accepts: [213], oddity: 'stock: no blank in the path' },
} as const satisfies Record<string, CommandSpec>

export type Verb = keyof typeof commands

/** A command ready to be sent. */
export interface Command {
  readonly verb: Verb
  readonly spec: CommandSpec
  /** Without its line end. */
  readonly line: string
  /** For logs and errors. */
  readonly shown: string
  readonly marker?: Marker
  /** Hears the 150 of a command that has one. */
  readonly onPreliminary?: (reply: Reply) => void
}

/** What a server with the extensions takes: two paths with every byte escaped. */
const lineBytesMax = 32_766
/** Stock UFTPD reads at most 8192 bytes and takes the rest for the next command, so path and words. */
const plainPathBytesMax = 8_000

/**
 * ENAMETOOLONG, EILSEQ or EINVAL for arguments that the line protocol cannot carry: sent as they
 * are, they would become other commands (LF, CR) or end the session (what is not UTF-8).
 */
export function command(verb: Verb, ...words: readonly (string | number)[]): Command {
  const spec: CommandSpec = commands[verb]
  const line = [verb, ...words].join(' ')
  const shown = spec.secret ? `${verb} ***` : line
  const refuse = (code: 'EILSEQ' | 'EINVAL' | 'ENAMETOOLONG'): never => {
    throw new ErrnoError(code, `${verb} cannot carry ${JSON.stringify(shown.slice(0, 200))}`)
  }
  if (line.includes('\0')) refuse('EINVAL')
  if (/[\n\r]/.test(line) || !isUtf8Name(line)) refuse('EILSEQ')
  if (Buffer.byteLength(line) > lineBytesMax) refuse('ENAMETOOLONG')
  return { verb, spec, line, shown }
}

/** Those that have a row of their own. */
const siteSpecs: Readonly<Partial<Record<SiteCommand, CommandSpec>>> = {
  LIST: { accepts: [213, 226], transfers: true },
  RETRIEVE: { accepts: [226], transfers: true },
  STORE: { accepts: [226], transfers: true },
}

/** A command of docs/PROTOCOL.md §10. */
export function siteCommand(site: SiteCommand, ...words: readonly (string | number)[]): Command {
  const one = command('SITE', site, ...words)
  return { ...one, spec: siteSpecs[site] ?? one.spec }
}

/**
 * `STAT N` of a directory, followed by a RANG with random numbers that its reply echoes: the marker
 * behind the listing, which no file name can forge.
 */
export function statListing(path: string): Command {
  const listing = command('STAT', 'N', path)
  const marker = String(randomInt(2 ** 40, 2 ** 48 - 1))
  return { ...listing, line: `${listing.line}\r\nRANG ${marker} ${marker}`, marker }
}

/** What Python's str.strip() takes away, which UFTPD applies to every argument. */
const trailingBlank =
  // eslint-disable-next-line no-control-regex -- the control characters are the point
  /[\t-\r\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]$/

/**
 * A path as an argument. `/.` protects a blank at the end: the server removes it textually, before
 * links are looked at. A blank at the beginning is no matter, as paths start with `/` or `./`.
 */
export function pathArgument(path: string): string {
  if (Buffer.byteLength(path) > plainPathBytesMax) {
    throw new ErrnoError('ENAMETOOLONG', `a path of ${Buffer.byteLength(path)} bytes`)
  }
  return trailingBlank.test(path) ? `${path}/.` : path
}

/** A path (or a link's target) as one word, whatever its bytes; only NUL is in no name. */
export function escapedArgument(path: string): string {
  if (path.includes('\0'))
    throw new ErrnoError('EINVAL', `a name with NUL: ${JSON.stringify(path)}`)
  return escapePath(path)
}
