/**
 * Files as lines: MLST/MLSD facts, STAT lines, `ls -l` lines.
 *
 * Times of MLST and MLSD: a client that has not negotiated facts gets `modify` as stock UFTPD gives
 * it, local time of the server in whole seconds, because the UFTP clients read it so. A client that
 * has sent OPTS MLST (RFC 3659 §7.9), which stock UFTP clients never do, gets what the RFC defines:
 * UTC, with a fraction. STAT always has the true epoch.
 */

import { timespecOf } from '../../support/timespec.ts'
import { formatFacts, formatStatLine, formatTimeValue } from '../../uftp/wire/facts.ts'
import { escapeFact } from '../../uftp/wire/path-escape.ts'
import { formatLocalTime } from './local-time.ts'
import type { FileStatus, LinkHandling, ListedFile, OpenedFile } from './storage.ts'
import type { UserDatabase } from './user-database.ts'

export interface FactSelection {
  /** OPTS MLST was sent: times are UTC. */
  readonly negotiated: boolean
  readonly names: readonly FactName[]
}

/** Each fact's value, undefined where it is not known; stock's five come first, in stock's order. */
const facts = {
  size: (status) => String(status.size),
  modify: (status, _users, utc) =>
    utc ? utcTime(status.mtimeNs) : formatLocalTime(status.mtimeNs),
  type: ({ type }) => (type === 'directory' ? 'dir' : type === 'link' ? 'OS.unix=slink' : 'file'),
  perm: permLetters,
  'UNIX.mode': (status) => status.mode.toString(8),
  'UNIX.owner': (status, users) => users.userName(status.uid),
  'UNIX.group': (status, users) => users.groupName(status.gid),
  // No stock client asks for those below, so times are UTC always.
  create: ({ birthTimeNs }) => (birthTimeNs === undefined ? undefined : utcTime(birthTimeNs)),
  unique: ({ device, inode }) => `${device}:${inode}`,
  'UNIX.nlink': ({ links }) => String(links),
  'UNIX.uid': ({ uid }) => String(uid),
  'UNIX.gid': ({ gid }) => String(gid),
  'UNIX.atime': ({ atimeNs }) => utcTime(atimeNs),
  'UNIX.ctime': ({ ctimeNs }) => utcTime(ctimeNs),
  'UNIX.slink': ({ target }) => (target === undefined ? undefined : escapeFact(target)),
} as const satisfies Record<string, FactValue>

type FactValue = (status: FileStatus, users: UserDatabase, utc: boolean) => string | undefined
type FactName = keyof typeof facts

const factNames = Object.keys(facts) as readonly FactName[]

export const stockFacts: FactSelection = { negotiated: false, names: factNames.slice(0, 5) }

/** The facts that FEAT names, stars at those that are sent. */
export function factsFeature(selection: FactSelection): string {
  return factNames
    .map((name) => (selection.names.includes(name) ? `${name}*;` : `${name};`))
    .join('')
}

/** lftp 4.9 takes lines for facts only if `type` comes before `size`. */
const negotiatedOrder: readonly FactName[] = [
  'type',
  ...factNames.filter((name) => name !== 'type'),
]

/** `OPTS MLST a;b;`: those that we have; unknown ones are ignored as RFC 3659 §7.9 wants. */
export function selectFacts(list: string): FactSelection {
  const wanted = new Set(list.split(';').map((name) => name.trim().toLowerCase()))
  return {
    negotiated: true,
    names: negotiatedOrder.filter((name) => wanted.has(name.toLowerCase())),
  }
}

/** A client that asks where links lead wants to see links. */
export function linkHandling(selection: FactSelection): LinkHandling {
  const fact: FactName = 'UNIX.slink'
  return selection.names.includes(fact) ? 'show' : 'follow'
}

export function selectedFacts(selection: FactSelection): string {
  return selection.names.map((name) => `${name};`).join('')
}

export function factLine(file: ListedFile, selection: FactSelection, users: UserDatabase): string {
  return `${factsOf(file.status, selection, users)} ${file.name}`
}

export function factsOf(
  status: FileStatus,
  { names, negotiated }: FactSelection,
  users: UserDatabase,
): string {
  return formatFacts(names, (name) => facts[name](status, users, negotiated))
}

/** What the reply to RETR tells of the file that has been opened. */
export function openedFacts({ size, mtimeNs, device, inode }: OpenedFile): string {
  return `size=${size};modify=${utcTime(mtimeNs)};unique=${device}:${inode};`
}

export function statLine({ name, status }: ListedFile): string {
  return formatStatLine({
    directory: status.type === 'directory',
    readable: status.readable,
    writable: status.writable,
    executable: status.executable,
    size: status.size,
    mtimeMs: Number(timespecOf(status.mtimeNs).seconds) * 1000,
    name,
  })
}

function utcTime(epochNs: bigint): string {
  return formatTimeValue(epochNs, { fraction: true })
}

/** Stock's letters, which its clients look for; not those of RFC 3659. */
function permLetters(status: FileStatus): string {
  const directory = status.type === 'directory'
  return (
    (status.readable ? (directory ? 'l' : 'r') : '') +
    (status.writable ? 'w' : '') +
    (status.executable ? (directory ? 'e' : 'x') : '')
  )
}
