/**
 * SITE: `CHMOD mode path`, which FTP clients know, and the commands of docs/PROTOCOL.md §10. Their
 * arguments are words, paths percent-encoded.
 */

import type { AccessLevel } from './access-rules.ts'
import { parseChanges, parseId, parseMode, splitPath } from './attribute-commands.ts'
import type { CommandTable } from './command.ts'
import { unescaped } from './path-argument.ts'
import { listInReply } from './listing-commands.ts'
import type { NodeKind, Owner, PosixStorage } from './posix-storage.ts'
import { Refusal } from './refusal.ts'
import { withFacts } from './reply-facts.ts'
import type { Session } from './session.ts'
import { signsOfLife } from './signs-of-life.ts'
import { StorageError } from './storage-error.ts'
import { retrieveRange, storeRange } from './transfer-commands.ts'
import { parseCount } from './transfer-range.ts'

interface SiteCommand {
  readonly level: AccessLevel
  /** The words behind the name; undefined: one argument as it is. */
  readonly words?: number
  /** One more word may come before them. */
  readonly optionalWord?: true
  /** Its client sends without being told to: bytes that a refusal leaves belong to nothing. */
  readonly takesData?: true
  /** Named by FEAT where this says so. */
  readonly offered?: (posix: PosixStorage) => boolean
  readonly run: (session: Session, words: readonly string[]) => Promise<string>
}

const always = (): boolean => true

/** `uid:gid`. */
function parseOwner(word: string): Owner {
  const [uid, gid, ...more] = word.split(':')
  if (gid === undefined || more.length > 0) throw new Refusal(501, `Invalid owner '${word}'`)
  return { uid: parseId(uid!), gid: parseId(gid) }
}

/** `ooo` or `ooo:uid:gid`. */
function parseRights(word: string): { readonly mode: number; readonly owner: Owner | undefined } {
  const match = /^([0-7]{1,4})(?::(.*))?$/.exec(word)
  if (!match) throw new Refusal(501, `Invalid mode and owner '${word}'`)
  const [, mode, owner] = match
  return { mode: parseMode(mode!), owner: owner === undefined ? undefined : parseOwner(owner) }
}

async function make(session: Session, kind: NodeKind, words: readonly string[]): Promise<string> {
  const { mode, owner } = parseRights(words[0]!)
  const path = session.escapedPath(words[1]!)
  await session.parts.posix.create(path, kind, mode, owner)
  return withFacts(session, '200 Created', path)
}

async function mknod(session: Session, [type, ...rest]: readonly string[]): Promise<string> {
  if (type !== 'fifo' && type !== 'socket') throw new Refusal(501, `Invalid type '${type}'`)
  return make(session, type, rest)
}

async function symlink(session: Session, words: readonly string[]): Promise<string> {
  const [name, target, owner] = words.toReversed()
  const path = session.escapedPath(name!)
  await session.parts.posix.symlink(
    unescaped(target!),
    path,
    owner === undefined ? undefined : parseOwner(owner),
  )
  return withFacts(session, '200 Created', path)
}

async function link(session: Session, words: readonly string[]): Promise<string> {
  const path = session.escapedPath(words[1]!)
  await session.parts.posix.link(session.escapedPath(words[0]!), path)
  return withFacts(session, '200 Created', path)
}

async function rename(session: Session, words: readonly string[]): Promise<string> {
  const { storage, posix } = session.parts
  const from = session.escapedPath(words[1]!)
  const to = session.escapedPath(words[2]!)
  if (words[0] === '-') await storage.rename(from, to)
  else if (words[0] === 'NOREPLACE') await posix.renameExclusively(from, to)
  else if (words[0] === 'EXCHANGE') await posix.exchange(from, to)
  else throw new Refusal(501, `Invalid flags '${words[0]}'`)
  return '200 Renamed'
}

async function truncate(session: Session, words: readonly string[]): Promise<string> {
  const size = parseCount(words[0])
  const path = session.escapedPath(words[1]!)
  await session.parts.posix.truncate(path, asOffset(size, path))
  return withFacts(session, '200 Truncated', path)
}

async function list(session: Session, words: readonly string[]): Promise<string> {
  return listInReply(session, session.escapedInfoPath(words[0]!))
}

async function retrieve(session: Session, words: readonly string[]): Promise<string> {
  const range = [parseCount(words[0]), parseCount(words[1])] as const
  return retrieveRange(session, session.escapedPath(words[2]!), range)
}

async function store(session: Session, words: readonly string[]): Promise<string> {
  const range = [parseCount(words[0]), parseCount(words[1])] as const
  const changes = words[2] === '-' ? {} : parseChanges(session, words[2]!)
  return storeRange(session, session.escapedPath(words[3]!), range, changes)
}

async function fsync(session: Session, words: readonly string[]): Promise<string> {
  await session.parts.posix.sync(session.escapedPath(words[0]!))
  return '200 Synchronised'
}

async function statfs(session: Session, words: readonly string[]): Promise<string> {
  const place = await session.parts.posix.statistics(session.escapedInfoPath(words[0]!))
  const values = {
    bsize: place.blockSize,
    blocks: place.blocks,
    bfree: place.freeBlocks,
    bavail: place.availableBlocks,
    files: place.files,
    ffree: place.freeFiles,
    namelen: place.nameLength,
  }
  return `213 ${Object.entries(values)
    .map(([name, value]) => `${name}=${value};`)
    .join('')}`
}

async function id(session: Session): Promise<string> {
  const { identity, givesFiles } = session.parts.posix
  return `213 uid=${identity.uid};gid=${identity.gid};chown=${givesFiles ? 1 : 0};`
}

async function copy(session: Session, words: readonly string[]): Promise<string> {
  const [start, end, offset] = [words[0], words[1], words[3]].map(parseCount) as [
    bigint,
    bigint,
    bigint,
  ]
  if (end < start) throw new Refusal(501, 'Invalid range')
  const from = session.escapedPath(words[2]!)
  const to = session.escapedPath(words[4]!)
  const range = { start: asOffset(start, from), end: asOffset(end, from) }
  const copied = await session.parts.posix.copy(
    from,
    range,
    to,
    asOffset(offset, to),
    signsOfLife(session.parts.control),
  )
  return `213 ${copied}`
}

/** Larger than what Node can count is larger than any file. */
function asOffset(count: bigint, path: string): number {
  if (count > BigInt(Number.MAX_SAFE_INTEGER)) throw StorageError.of('EFBIG', path)
  return Number(count)
}

async function chmod(session: Session, [argument]: readonly string[]): Promise<string> {
  const [mode, target] = splitPath(argument!)
  await session.parts.storage.setMode(session.path(target), parseMode(mode))
  return '200 OK'
}

const siteCommands: Readonly<Record<string, SiteCommand>> = {
  CHMOD: { level: 'WRITE', run: chmod },
  CREATE: {
    level: 'WRITE',
    words: 2,
    offered: always,
    run: (session, words) => make(session, 'file', words),
  },
  MKDIR: {
    level: 'WRITE',
    words: 2,
    offered: always,
    run: (session, words) => make(session, 'directory', words),
  },
  MKNOD: { level: 'WRITE', words: 3, offered: (posix) => posix.makesNodes, run: mknod },
  SYMLINK: { level: 'WRITE', words: 2, optionalWord: true, offered: always, run: symlink },
  LINK: { level: 'WRITE', words: 2, offered: always, run: link },
  RENAME: { level: 'WRITE', words: 3, offered: (posix) => posix.renamesSpecially, run: rename },
  TRUNCATE: { level: 'WRITE', words: 2, offered: always, run: truncate },
  LIST: { level: 'INFO', words: 1, offered: always, run: list },
  RETRIEVE: { level: 'READ', words: 3, offered: always, run: retrieve },
  STORE: { level: 'WRITE', words: 4, takesData: true, offered: always, run: store },
  FSYNC: { level: 'WRITE', words: 1, offered: always, run: fsync },
  STATFS: { level: 'INFO', words: 1, offered: always, run: statfs },
  ID: { level: 'INFO', words: 0, offered: always, run: id },
  COPY: { level: 'WRITE', words: 5, offered: always, run: copy },
}

/** The lines of FEAT. */
export function siteFeatures(session: Session): readonly string[] {
  return Object.entries(siteCommands)
    .filter(([, { offered }]) => offered?.(session.parts.posix))
    .map(([name]) => `SITE ${name}`)
}

async function site(session: Session, argument: string): Promise<string> {
  const [, name = '', rest = ''] = /^(\S*) ?(.*)$/s.exec(argument)!
  const known = name.toUpperCase()
  const command = Object.hasOwn(siteCommands, known) ? siteCommands[known] : undefined
  if (!command) throw new Refusal(504, `Not supported: 'SITE ${name}'`)
  try {
    return await execute(session, command, rest)
  } catch (error) {
    if (command.takesData) await session.parts.data.discard()
    throw error
  }
}

async function execute(session: Session, command: SiteCommand, rest: string): Promise<string> {
  session.parts.rules.assertLevel(command.level)
  if (command.words === undefined) return command.run(session, [rest])
  const words = rest === '' ? [] : rest.split(' ')
  const more = words.length - command.words
  if (more !== 0 && !(more === 1 && command.optionalWord)) {
    throw new Refusal(501, 'Argument syntax error')
  }
  return command.run(session, words)
}

export const siteCommand = {
  SITE: { level: 'NONE', needsArgument: true, run: site },
} as const satisfies CommandTable
