/**
 * A directory with the attributes of its entries: `MLSD` over a data connection and, on servers with
 * local times, `STAT N` over the control connection beside it, in one packet.
 *
 * Stock UFTPD prints names raw. A name that holds LF makes two lines, of which the second can look
 * like an entry; but not in both listings: a line of one is never a well-formed line of the other.
 * So a malformed line anywhere (or a name twice) means that nothing is certain, and every entry is
 * looked up by its name. The end of `STAT N` is found by a marker, which no name can forge. Servers
 * that speak UTC escape names or leave out what the protocol cannot carry (docs/PROTOCOL.md), so MLSD
 * will do.
 */

import { ErrnoError, isErrno } from '../support/errno-error.ts'
import { decodeName } from '../support/name-bytes.ts'
import { abortable } from '../support/abortable.ts'
import {
  attributesOfBoth,
  attributesOfFacts,
  sameType,
  type FactAttributes,
  type ListedEntry,
} from './file-attributes.ts'
import { attributeQuery, queryStatLine } from './attribute-query.ts'
import type { DataConnection } from './data-connection.ts'
import { MemorySink } from './memory-sink.ts'
import { accepted } from './reply-errno.ts'
import type { ServerTraits } from './server-traits.ts'
import type { Session } from './session.ts'
import { command, statListing } from './wire/commands.ts'
import { parseFactLine, parseStatLine, type StatLine } from './wire/facts.ts'
import { unescapePath } from './wire/path-escape.ts'
import type { Reply } from './wire/reply-reader.ts'

/** A million entries need about 100 MB. */
const listingBytesMax = 256 * 2 ** 20
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
  const argument = session.traits.argument(path)
  const mlsd = command('MLSD', argument)
  const stat = session.traits.times === 'local' ? statListing(argument) : undefined
  const sink = new MemorySink(listingBytesMax)
  let received: Promise<number> | undefined
  const receive = (connection: DataConnection): void => {
    received = connection.receive(sink, Number.POSITIVE_INFINITY)
  }
  const { connection, replies } = session.startTransfer(stat ? [mlsd, stat] : [mlsd], receive)
  await connection
  const answer = await replies[0]!
  if (answer.code !== 226) throw await listingRefusal(session, path, mlsd, answer)
  await received
  session.dropData()
  const lines = sink.bytes()
  if (!stat) return resolve(session, path, readFactLines(lines, session.traits), undefined)
  const statLines = readStatLines(accepted(stat, await replies[1]!))
  return resolve(session, path, readFactLines(lines, session.traits), statLines)
}

/** "Directory does not exist" may mean that it is none. */
async function listingRefusal(
  session: Session,
  path: string,
  mlsd: ReturnType<typeof command>,
  answer: Reply,
): Promise<unknown> {
  session.dropData()
  try {
    accepted(mlsd, answer)
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

interface Lines<T> {
  readonly entries: ReadonlyMap<string, T>
  /** A line was malformed or a name came twice. */
  readonly isDoubtful: boolean
}

function readFactLines(bytes: Buffer, traits: ServerTraits): Lines<FactAttributes> {
  const { times, escapesPaths } = traits.agreement
  const entries = new Map<string, FactAttributes>()
  let isDoubtful = false
  let start = 0
  while (start < bytes.length) {
    const lf = bytes.indexOf(0x0a, start)
    const end = lf < 0 ? bytes.length : lf
    // Stock ends lines with a lone LF, so there a CR is part of the name.
    const cr = times === 'utc' && end > start && bytes[end - 1] === 0x0d ? 1 : 0
    const line = parseFactLine(decodeName(bytes.subarray(start, end - cr)))
    start = end + 1
    const name = escapesPaths ? unescapePath(line?.name ?? '') : line?.name
    const attributes = line && attributesOfFacts(line, times)
    const type = line?.facts.get('type')?.toLowerCase()
    if (type === 'cdir' || type === 'pdir') continue
    if (name === undefined || !attributes || entries.has(name) || lf < 0) isDoubtful = true
    else entries.set(name, attributes)
  }
  return { entries, isDoubtful }
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
  const names = new Set([...facts.entries.keys(), ...(stat?.entries.keys() ?? [])])
  for (const name of names) {
    const attributes = facts.entries.get(name)
    const line = stat?.entries.get(name)
    if (!isUsableName(name, session.traits)) unusable = true
    else if (isDoubtful || !attributes) uncertain.push(name)
    else if (!stat) {
      const { mtimeNs } = attributes
      if (mtimeNs === undefined) uncertain.push(name)
      else entries.push({ name, attributes: { ...attributes, mtimeNs } })
    } else if (!line || !sameType(attributes, line)) uncertain.push(name)
    else entries.push({ name, attributes: attributesOfBoth(attributes, line) })
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
