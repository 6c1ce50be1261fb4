/** Commands that tell about files: STAT, MLST, MLSD, LIST, NLST, SIZE, MDTM. */

import path from 'node:path'
import { isErrno } from '../../support/errno-error.ts'
import { encodeName } from '../../support/name-bytes.ts'
import { formatTimeValue } from '../../uftp/wire/facts.ts'
import type { CommandTable } from './command.ts'
import { errorText } from './error-reply.ts'
import { factLine, linkHandling, statLine } from './file-facts.ts'
import { listLine } from './list-line.ts'
import { Refusal, refuseMissing } from './refusal.ts'
import type { Session } from './session.ts'
import type { FileStatus, LinkHandling, ListedFile } from './storage.ts'

/** Of a reply to STAT, sent at a time: about 200 KB. */
const replyLines = 4096

/** With its name as the session reads it. */
function told(session: Session, { name, status }: ListedFile): ListedFile {
  return { name: session.told(name), status }
}

/** A name with a line end that is not escaped would forge lines: such entries are left out. */
function tellable(session: Session, files: readonly ListedFile[]): readonly ListedFile[] {
  return files.map((file) => told(session, file)).filter(({ name }) => !/[\r\n]/.test(name))
}

function statusOf(
  session: Session,
  target: string,
  code: number,
  links: LinkHandling = 'follow',
): Promise<FileStatus> {
  return refuseMissing(code, session.parts.storage.status(target, links))
}

/** Last component; `/` for the root, as stock. */
function named(target: string, status: FileStatus): ListedFile {
  return { name: target === '/' ? target : path.posix.basename(target), status }
}

async function mlst(session: Session, argument: string): Promise<string> {
  const target = session.infoPath(argument)
  const status = await statusOf(session, target, 550, linkHandling(session.facts))
  const file = told(session, named(target, status))
  const line = factLine(file, session.facts, session.parts.users)
  return `250- Listing ${session.told(target)}\n ${line}\n250 End`
}

/** `STAT [F|N] [path]`: N lists a directory, any other first word means the path itself. */
async function stat(session: Session, argument: string): Promise<string | undefined> {
  const space = argument.indexOf(' ')
  const option = space < 0 ? argument : argument.slice(0, space)
  const target = session.infoPath(space < 0 ? '' : argument.slice(space + 1))
  const status = await statusOf(session, target, 500)
  const { control, storage } = session.parts
  if (option !== 'N' || status.type !== 'directory') {
    const line = statLine(told(session, named(target, status)))
    return `211- Sending file list\n ${line}\n211 End of file list`
  }
  const lines = ['211- Sending file list']
  let begun = false
  for await (const batch of storage.list(target)) {
    for (const file of tellable(session, batch)) lines.push(` ${statLine(file)}`)
    if (lines.length < replyLines) continue
    await control.writeLines(`${lines.join('\n')}\n`)
    lines.length = 0
    begun = true
  }
  lines.push('211 End of file list')
  if (!begun) return lines.join('\n')
  await control.reply(lines.join('\n'))
  return undefined
}

type LineOf = (file: ListedFile) => string

/** Sends a line per file over the data connection, which then ends: nothing else tells the end. */
async function sendListing(
  session: Session,
  files: AsyncIterable<readonly ListedFile[]>,
  lineOf: LineOf,
): Promise<string> {
  const { control, data, rate } = session.parts
  try {
    // The first batch decides whether the directory can be read: before 150.
    const batches = files[Symbol.asyncIterator]()
    let batch = await batches.next()
    const connection = await data.connection()
    await control.reply('150 OK')
    try {
      while (!batch.done) {
        // Joined at once: strings that grow line by line cost more than all the rest.
        const lines = tellable(session, batch.value).map((file) => `${lineOf(file)}\r\n`)
        const bytes = encodeName(lines.join(''))
        await connection.write(bytes)
        await rate.account(bytes.length)
        batch = await batches.next()
      }
    } catch (error) {
      data.destroy()
      throw error
    }
    data.close()
    return '226 File transfer successful'
  } finally {
    session.range.reset()
  }
}

async function mlsd(session: Session, argument: string): Promise<string> {
  const target = session.infoPath(argument)
  return sendListing(session, await entriesOf(session, target), factLineOf(session))
}

/** SITE LIST: as MLSD, but one batch is told in the reply, and the data connection stays. */
export async function listInReply(session: Session, target: string): Promise<string> {
  const lineOf = factLineOf(session)
  const batches = (await entriesOf(session, target))[Symbol.asyncIterator]()
  try {
    const first = await batches.next()
    const second = first.done ? first : await batches.next()
    if (!second.done) return await sendListing(session, joined([first, second], batches), lineOf)
    const lines = tellable(session, first.value ?? []).map((file) => ` ${lineOf(file)}`)
    return ['213-Listing', ...lines, '213 End'].join('\n')
  } finally {
    session.range.reset()
  }
}

type Batch = readonly ListedFile[]

async function* joined(
  begun: readonly IteratorResult<Batch, undefined>[],
  rest: AsyncIterator<Batch, undefined>,
): AsyncGenerator<Batch> {
  for (const { value } of begun) if (value) yield value
  for (let next; !(next = await rest.next()).done;) yield next.value
}

function factLineOf(session: Session): LineOf {
  return (file) => factLine(file, session.facts, session.parts.users)
}

async function entriesOf(session: Session, target: string): Promise<AsyncGenerator<Batch>> {
  const links = linkHandling(session.facts)
  await assertDirectory(session, target, links)
  return readable(target, session.parts.storage.list(target, links))
}

async function assertDirectory(
  session: Session,
  target: string,
  links: LinkHandling,
): Promise<void> {
  let type: FileStatus['type'] | undefined
  try {
    type = (await session.parts.storage.status(target, links)).type
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error
  }
  if (type !== 'directory') throw new Refusal(550, 'Directory does not exist.')
}

/** An unreadable directory in stock's words. */
async function* readable(
  target: string,
  files: AsyncIterable<readonly ListedFile[]>,
): AsyncGenerator<readonly ListedFile[]> {
  try {
    yield* files
  } catch (error) {
    throw new Refusal(550, `500 Error listing <${target}>: ${errorText(error)}`)
  }
}

/** `LIST [-options] [path]`; the options of ls(1) that clients add are ignored. */
function listTarget(session: Session, argument: string): string {
  return session.infoPath(argument.replace(/^-[a-zA-Z]+(?: +|$)/, ''))
}

/** A directory's entries, or the file itself (RFC 959). */
async function* filesAt(session: Session, target: string): AsyncGenerator<readonly ListedFile[]> {
  const { storage } = session.parts
  const status = await statusOf(session, target, 550)
  if (status.type === 'directory') yield* readable(target, storage.list(target))
  else yield [named(target, status)]
}

async function list(session: Session, argument: string): Promise<string> {
  const { users } = session.parts
  const nowNs = BigInt(Date.now()) * 1_000_000n
  return sendListing(session, filesAt(session, listTarget(session, argument)), (file) =>
    listLine(file, users, nowNs),
  )
}

async function nlst(session: Session, argument: string): Promise<string> {
  const target = listTarget(session, argument)
  return sendListing(session, filesAt(session, target), (file) => file.name)
}

async function size(session: Session, argument: string): Promise<string> {
  const target = session.infoPath(argument)
  const status = await statusOf(session, target, 550)
  if (status.type === 'directory') throw new Refusal(550, `Not a regular file: '${target}'`)
  return `213 ${status.size}`
}

/** UTC always, as RFC 3659 §3 defines it. */
async function mdtm(session: Session, argument: string): Promise<string> {
  const { mtimeNs } = await statusOf(session, session.infoPath(argument), 550)
  return `213 ${formatTimeValue(mtimeNs, { fraction: session.facts.negotiated })}`
}

export const listingCommands = {
  STAT: { level: 'INFO', run: stat },
  MLST: { level: 'INFO', run: mlst },
  MLSD: { level: 'INFO', run: mlsd },
  LIST: { level: 'INFO', run: list },
  NLST: { level: 'INFO', run: nlst },
  SIZE: { level: 'INFO', needsArgument: true, run: size },
  MDTM: { level: 'INFO', needsArgument: true, run: mdtm },
} as const satisfies CommandTable
