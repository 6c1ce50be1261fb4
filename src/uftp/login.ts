/**
 * From a session ticket to a logged-in session, with every way the server may refuse.
 */

import { posix } from 'node:path'
import type { ErrnoName } from '../support/errno.ts'
import { ErrnoError } from '../support/errno-error.ts'
import type { Logger } from '../support/logger.ts'
import { attributeQuery } from './attribute-query.ts'
import { restoreNames } from './blank-names.ts'
import { ConnectionLost } from './connection-lost.ts'
import { ControlConnection } from './control-connection.ts'
import { negotiate } from './negotiation.ts'
import { replyErrno } from './reply-errno.ts'
import type { ServerTraits } from './server-traits.ts'
import { Session } from './session.ts'
import { SessionRefused, type RefusalKind } from './session-refused.ts'
import type { SessionTicket } from './session-ticket.ts'
import { command } from './wire/commands.ts'
import { parseStatLine } from './wire/facts.ts'
import { unescapePath } from './wire/path-escape.ts'
import type { Reply } from './wire/reply-reader.ts'

export interface LoginOptions {
  readonly id: number
  readonly ticket: SessionTicket
  readonly traits: ServerTraits
  /** The base directory asked for at sign-on, if any. */
  readonly base?: string | undefined
  /** A directory to go to after login, for sessions whose base is not the directory to mount. */
  readonly directory?: string | undefined
  readonly silenceMs: number
  readonly log: Logger
  readonly signal?: AbortSignal | undefined
}

/** As Linux has it (path_resolution(7)). */
const linksMax = 40

/** Rejects with SessionRefused, or ConnectionLost when the server cannot be talked to. */
export async function login(options: LoginOptions): Promise<Session> {
  const { ticket, silenceMs, signal, traits } = options
  const log = options.log.child({ session: options.id })
  const { host, port } = ticket
  const control = await ControlConnection.connect({
    host,
    port,
    silenceMs,
    roundTrip: traits.roundTrip,
    log,
    signal,
  })
  let session: Session | undefined
  const giveUp = (): void => {
    const reason = new ConnectionLost('login was aborted')
    if (session) session.giveUp(reason)
    else control.abandon(reason)
  }
  signal?.addEventListener('abort', giveUp, { once: true })
  try {
    await authenticate(control, options)
    session = new Session(options.id, control, traits, log)
    await negotiate(session)
    traits.root ??= await findRoot(session, options)
    await restoreNames(session)
    log.info('session opened', { host, port, times: traits.times, root: traits.root })
    return session
  } catch (error) {
    control.abandon(new ConnectionLost('login failed'))
    signal?.throwIfAborted()
    throw error
  } finally {
    signal?.removeEventListener('abort', giveUp)
  }
}

/** A server that let us in before gets name and password in one packet. */
async function authenticate(control: ControlConnection, options: LoginOptions): Promise<void> {
  const { ticket, traits, base } = options
  const greeting = await control.greeting()
  if (greeting.code !== 220) throw refused(greeting, base)
  const user = command('USER', 'anonymous')
  const password = command('PASS', ticket.secret.reveal())
  const packets = traits.root === undefined ? [[user], [password]] : [[user, password]]
  for (const packet of packets) {
    const replies = control.send(packet)
    // An empty line that comes behind the password is one after login.
    control.mayNudge = packet.includes(password)
    for (const reply of replies) reply.catch(() => {}) // the first refusal counts
    for (const [index, { spec }] of packet.entries()) {
      const answer = await replies[index]!
      if (!spec.accepts.includes(answer.code)) throw refused(answer, base)
    }
  }
}

const refusals: readonly (readonly [RegExp, RefusalKind])[] = [
  [/no matching transfer request/, 'unknown-secret'],
  [/already running/, 'busy'],
  [/Too many active/, 'limit'],
  [/Rejecting connection/, 'address'],
  [/Not logged in: (\[Errno|Forbidden)/, 'base-directory'],
  [/Not logged in/, 'account'],
]

function refused(reply: Reply, base = 'of the session'): SessionRefused {
  const { code, text } = reply
  const kind = refusals.find(([pattern]) => pattern.test(text))?.[1] ?? 'protocol'
  if (kind === 'base-directory') {
    const errno = replyErrno(reply)
    return new SessionRefused(kind, directoryProblem(base, errno, text), errno)
  }
  const errno = kind === 'limit' || kind === 'busy' ? 'EAGAIN' : 'EACCES'
  return new SessionRefused(kind, `the server answered ${code} ${text}`, errno)
}

/**
 * The directory that is `/` of the mount. Absolute paths are wanted, but UFTPD compares them with its
 * base as text: if the base leads through a symbolic link, PWD tells the link's target, which is then
 * refused. In that case paths relative to the start directory remain.
 */
async function findRoot(session: Session, options: LoginOptions): Promise<string> {
  const { base, directory } = options
  if (directory !== undefined) return enterDirectory(session, directory)
  // Without a base stock UFTPD's PWD tells / until the first CWD.
  const [, printed] = await Promise.all(session.send([command('CWD', '.'), command('PWD')]))
  const own = printed!.code === 257 ? quotedPath(session, printed!) : ''
  // RFC 959 doubles a quote inside the quotes, stock UFTPD does not.
  for (const candidate of [base ?? '', own, own.replaceAll('""', '"')]) {
    if (!candidate.startsWith('/')) continue
    const found = await findDirectory(session, candidate.replace(/(?<=.)\/+$/, ''))
    if (found !== undefined) return found
  }
  if ((await findDirectory(session, '.')) !== undefined) return '.'
  throw new SessionRefused('directory', 'the start directory cannot be looked at', 'EACCES')
}

async function enterDirectory(session: Session, directory: string): Promise<string> {
  const enter = command('CWD', session.traits.argument(directory))
  try {
    await session.call(enter)
  } catch (error) {
    if (!(error instanceof ErrnoError) || error instanceof ConnectionLost) throw error
    const problem = directoryProblem(directory, error.code, error.message)
    throw new SessionRefused('directory', problem, error.code)
  }
  const path = directory.startsWith('/')
    ? directory.replace(/(?<=.)\/+$/, '')
    : quotedPath(session, await session.call(command('PWD')))
  if (!session.traits.agreement.facts.has('unix.slink')) return path
  return (await findDirectory(session, path)) ?? path
}

function directoryProblem(directory: string, code: ErrnoName, detail: string): string {
  if (code === 'ENOENT') return `remote directory ${directory} does not exist`
  if (code === 'ENOTDIR') return `remote path ${directory} is not a directory`
  return `remote directory ${directory} is not accessible: ${detail}`
}

/**
 * The path of the directory that `path` leads to, undefined if it leads to none. A session that sees
 * links would otherwise see the mounted directory as one.
 */
async function findDirectory(
  session: Session,
  path: string,
  linksLeft = linksMax,
): Promise<string | undefined> {
  const stat = command('STAT', 'F', session.traits.argument(path))
  const seesLinks = session.traits.agreement.facts.has('unix.slink') && path.startsWith('/')
  const query = seesLinks ? attributeQuery(session, path) : undefined
  const [reply, ...replies] = session.send([stat, ...(query?.commands ?? [])])
  const { code, lines } = await reply!
  const isDirectory = code === 211 && parseStatLine(lines[0]?.slice(1) ?? '')?.directory
  if (!isDirectory) return undefined
  const target = (await query?.read(replies))?.linkTarget
  if (target === undefined) return path
  if (linksLeft === 0) return undefined
  return findDirectory(session, posix.resolve(posix.dirname(path), target), linksLeft - 1)
}

/** `257 "path"`: everything up to the last quote. */
function quotedPath(session: Session, reply: Reply): string {
  const quoted = /"(.*)"/s.exec(reply.text)?.[1]
  const { escapesPaths } = session.traits.agreement
  const path = escapesPaths ? unescapePath(quoted ?? '%') : quoted
  if (path === undefined) throw new ErrnoError('EPROTO', `no path in ${reply.text}`)
  return path
}
