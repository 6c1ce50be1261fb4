/**
 * What a path has, over the control connection alone: asked for, or told behind a change. `path`
 * arguments are the server's paths.
 *
 * A failing MLST closes the data connection of a stock server; Session knows.
 */

import { abortable } from '../support/abortable.ts'
import { ErrnoError } from '../support/errno-error.ts'
import { encodeName } from '../support/name-bytes.ts'
import { readFactEntry } from './fact-attributes.ts'
import {
  attributesOfBoth,
  attributesOfStat,
  hasTime,
  mtimeNsOf,
  sameType,
  type EntryAttributes,
  type FactAttributes,
  type StoredState,
} from './file-attributes.ts'
import { accepted } from './reply-errno.ts'
import type { Session } from './session.ts'
import { command, type Command } from './wire/commands.ts'
import { parseStatLine, type StatLine } from './wire/facts.ts'
import type { Reply } from './wire/reply-reader.ts'

const space = 0x20

/** A question and how to read its answers; can be part of a larger batch. */
export interface AttributeQuery<T = EntryAttributes> {
  readonly commands: readonly Command[]
  /** Throws what the server refuses. `replies`: those to `commands`. */
  read(replies: readonly Promise<Reply>[]): Promise<T>
}

/** Size and exact time, which cost one command on every server. */
export function sizeQuery(session: Session, path: string): AttributeQuery<StoredState> {
  if (session.traits.times === 'utc') return attributeQuery(session, path)
  const stat = command('STAT', 'F', session.traits.argument(path))
  return {
    commands: [stat],
    read: async ([reply]) => {
      const line = statLineOf(accepted(stat, await reply!))
      return { size: line.size, mtimeNs: mtimeNsOf(line) }
    },
  }
}

export function attributeQuery(session: Session, path: string): AttributeQuery {
  const argument = session.traits.argument(path)
  const facts = command('MLST', argument)
  if (session.traits.times === 'utc') {
    return {
      commands: [facts],
      read: async ([reply]) => {
        const attributes = factsOf(accepted(facts, await reply!), 'utc')
        if (hasTime(attributes)) return attributes
        return attributesOfBoth(attributes, await queryStatLine(session, path))
      },
    }
  }
  const stat = command('STAT', 'F', argument)
  return {
    commands: [stat, facts],
    read: async ([statReply, factsReply]) => {
      const line = statLineOf(accepted(stat, await statReply!))
      const answer = await factsReply!
      // Stock UFTPD fails to write times far away from ours as facts, but STAT can.
      if (answer.code === 500) return attributesOfStat(line)
      const attributes = factsOf(accepted(facts, answer), 'local')
      if (sameType(attributes, line)) return attributesOfBoth(attributes, line)
      throw new ErrnoError('ESTALE', `${path} changed its type while it was looked at`)
    },
  }
}

/**
 * A change of what is at `path`, and what is there then: told in the reply to the change, or in that to
 * a question right behind it.
 */
export function changeQuery(session: Session, path: string, change: Command): AttributeQuery {
  if (session.traits.agreement.tellsFacts) {
    return {
      commands: [change],
      read: async ([reply]) =>
        toldAttributes(accepted(change, await reply!)) ?? queryAttributes(session, path),
    }
  }
  const query = attributeQuery(session, path)
  return {
    commands: [change, ...query.commands],
    read: async ([reply, ...answers]) => {
      accepted(change, await reply!)
      return query.read(answers)
    },
  }
}

export async function queryAttributes(
  session: Session,
  path: string,
  signal?: AbortSignal,
): Promise<EntryAttributes> {
  const query = attributeQuery(session, path)
  return abortable(query.read(session.send(query.commands)), signal)
}

/** What access(2) says on the server, with size and exact time; no mode. */
export async function queryStatLine(
  session: Session,
  path: string,
  signal?: AbortSignal,
): Promise<StatLine> {
  return statLineOf(await session.call(command('STAT', 'F', session.traits.argument(path)), signal))
}

/** The one line of `STAT F`. */
export function statLineOf(reply: Reply): StatLine {
  const line = parseStatLine(reply.lines[0]?.slice(1) ?? '')
  if (!line) throw new ErrnoError('EPROTO', `STAT answered ${JSON.stringify(reply.lines)}`)
  return line
}

/** The last word of a reply, after OPTS REPLY-FACTS; undefined: somebody has removed the file since. */
function toldAttributes({ text }: Reply): EntryAttributes | undefined {
  const line = encodeName(`${text} `)
  const start = line.lastIndexOf(space, -2) + 1
  const attributes = readFactEntry(line, start, line.length, 'utc')?.attributes
  return attributes && hasTime(attributes) ? attributes : undefined
}

function factsOf(reply: Reply, times: 'local' | 'utc'): FactAttributes {
  const line = encodeName(reply.lines[0]?.slice(1) ?? '')
  const attributes = readFactEntry(line, 0, line.length, times)?.attributes
  if (!attributes) throw new ErrnoError('EPROTO', `MLST answered ${JSON.stringify(reply.lines)}`)
  return attributes
}
