/**
 * A directory with the attributes of its entries: `MLSD` over a data connection and, on servers with
 * local times, `STAT N` over the control connection beside it, in one packet.
 *
 * Stock UFTPD prints names raw. A name that holds LF makes two lines, of which the second can look
 * like an entry; but not in both listings: a line of one is never a well-formed line of the other.
 * So a malformed line anywhere (or a name twice) means that nothing is certain, and every entry is
 * looked up by its name. The end of `STAT N` is found by a marker, which no name can forge. Servers
 * that speak UTC escape names or leave out what the protocol cannot carry (docs/PROTOCOL.md), so MLSD
 * will do, or SITE LIST, which tells short listings in its reply and keeps the data connection.
 */

import { ErrnoError, isErrno } from '../support/errno-error.ts'
import { abortable } from '../support/abortable.ts'
import {
  attributesOfBoth,
  hasTime,
  sameType,
  type FactAttributes,
  type ListedEntry,
} from './file-attributes.ts'
import { attributeQuery, queryStatLine } from './attribute-query.ts'
import type { DataConnection } from './data-connection.ts'
import { FactListing, type Lines } from './fact-listing.ts'
import { accepted } from './reply-errno.ts'
import type { ServerTraits } from './server-traits.ts'
import type { Session } from './session.ts'
import {
  command,
  escapedArgument,
  siteCommand,
  statListing,
  type Command,
} from './wire/commands.ts'
import { parseStatLine, type StatLine } from './wire/facts.ts'
import type { Reply } from './wire/reply-reader.ts'

/** Lookups of uncertain entries under way at a time. */
const lookupsMax = 200

/** ENOENT, ENOTDIR, EACCES, … `path` is the server's. */
export async function listDirectory(
  session: Session,
  path: string,
  signal?: AbortSignal,
): Promise<readonly ListedEntry[]> {
  const release = await session.beginTransfer(path, signal)
  const listing = readListing(session, path).finally(release)
  // An abandoned listing still has to be read to its end: the lock stays until then.
  return abortable(listing, signal)
}

async function readListing(session: Session, path: string): Promise<readonly ListedEntry[]> {
  const { traits } = session
  const argument = traits.argument(path)
  const isUtc = traits.times === 'utc'
  const inReply = isUtc && traits.has('LIST')
  const list = inReply ? siteCommand('LIST', escapedArgument(path)) : command('MLSD', argument)
  const stat = isUtc ? undefined : statListing(argument)
  const listing = new FactListing(session.traits)
  let received: Promise<number> | undefined
  const receive = (connection: DataConnection): void => {
    received = connection.receive(listing, Number.POSITIVE_INFINITY)
  }
  const { connection, replies } = session.startTransfer(stat ? [list, stat] : [list], receive)
  const data = await connection
  const answer = await replies[0]!
  if (answer.code === 213) {
    data.stopReceiving()
    for (const line of answer.lines) listing.add(line.slice(1))
    return resolve(session, path, listing.lines(), undefined)
  }
  if (answer.code !== 226) throw await listingRefusal(session, path, list, answer)
  await received
  session.dropData()
  const facts = listing.lines()
  const statLines = stat && readStatLines(accepted(stat, await replies[1]!))
  return resolve(session, path, facts, statLines)
}

/** "Directory does not exist" may mean that it is none. */
async function listingRefusal(
  session: Session,
  path: string,
  list: Command,
  answer: Reply,
): Promise<unknown> {
  session.dropData()
  try {
    accepted(list, answer)
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) return error
    const line = await queryStatLine(session, path)
    if (!line.directory) return new ErrnoError('ENOTDIR', `list ${path}`, { cause: error })
    return line.executable && line.readable
      ? error
      : new ErrnoError('EACCES', `list ${path}`, { cause: error })
  }
  return new ErrnoError('EPROTO', `list ${path}`)
}

function readStatLines(reply: Reply): Lines<StatLine> {
  const entries = new Map<string, StatLine>()
  let isDoubtful = false
  for (const text of reply.lines) {
    const line = text.startsWith(' ') ? parseStatLine(text.slice(1)) : undefined
    if (!line || entries.has(line.name)) isDoubtful = true
    else entries.set(line.name, line)
  }
  return { entries, isDoubtful }
}

/** `stat` is undefined when the facts alone can be trusted. */
async function resolve(
  session: Session,
  path: string,
  facts: Lines<FactAttributes>,
  stat: Lines<StatLine> | undefined,
): Promise<readonly ListedEntry[]> {
  const entries: ListedEntry[] = []
  const uncertain: string[] = []
  let unusable = false
  const isDoubtful = facts.isDoubtful || (stat?.isDoubtful ?? false)
  for (const [name, attributes] of facts.entries) {
    const line = stat?.entries.get(name)
    if (!isUsableName(name, session.traits)) unusable = true
    else if (isDoubtful) uncertain.push(name)
    else if (!stat && hasTime(attributes)) entries.push({ name, attributes })
    else if (!line || !sameType(attributes, line)) uncertain.push(name)
    else entries.push({ name, attributes: attributesOfBoth(attributes, line) })
  }
  for (const name of stat?.entries.keys() ?? []) {
    if (facts.entries.has(name)) continue
    if (isUsableName(name, session.traits)) uncertain.push(name)
    else unusable = true
  }
  if (unusable || isDoubtful) {
    session.traits.warnOnce(path, 'directory has names that UFTP cannot carry; they are left out')
  }
  for (let start = 0; start < uncertain.length; start += lookupsMax) {
    const part = uncertain.slice(start, start + lookupsMax)
    const found = await Promise.all(part.map((name) => lookUp(session, path, name)))
    entries.push(...found.filter((entry) => entry !== undefined))
  }
  return entries
}

function isUsableName(name: string, { agreement }: ServerTraits): boolean {
  if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name)) return false
  return agreement.escapesPaths || !/[\r\n]/.test(name)
}

async function lookUp(
  session: Session,
  path: string,
  name: string,
): Promise<ListedEntry | undefined> {
  const full = path === '/' ? `/${name}` : `${path}/${name}`
  try {
    const query = attributeQuery(session, full)
    return { name, attributes: await query.read(session.send(query.commands)) }
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'EACCES', 'EILSEQ', 'ENAMETOOLONG')) return undefined
    throw error
  }
}
