/**
 * Which file a RETR reads: the server opens what the path leads to in that moment, which others may
 * have replaced since its attributes were asked for. A server with REPLY-FACTS says in its 150 what it
 * has opened. Of others the path is asked for right before, in the same packet.
 */

import { deferred } from '../support/deferred.ts'
import { ErrnoError } from '../support/errno-error.ts'
import { sizeQuery } from './attribute-query.ts'
import type { OpenedState } from './file-attributes.ts'
import type { Session } from './session.ts'
import { command, type Command } from './wire/commands.ts'
import { parseFactLine, parseTimeValue } from './wire/facts.ts'
import type { Reply } from './wire/reply-reader.ts'

/** A RETR and what goes before it. */
export interface OpeningCommands {
  readonly before: readonly Command[]
  readonly retr: Command
  /** What has been opened. `replies`: those to `before`. Rejects with what is told of the path. */
  readonly opened: (replies: readonly Promise<Reply>[]) => Promise<OpenedState>
}

export function openingCommands(session: Session, path: string): OpeningCommands {
  const retr = command('RETR', session.traits.argument(path))
  if (!session.traits.agreement.tellsFacts) {
    const query = sizeQuery(session, path)
    return { before: query.commands, retr, opened: (replies) => query.read(replies) }
  }
  const preliminary = deferred<Reply>()
  return {
    before: [],
    retr: { ...retr, onPreliminary: preliminary.resolve },
    opened: async () => openedState(await preliminary.promise),
  }
}

/** `150 OK 20 bytes available for reading. size=20;modify=20261121120000;unique=1:2;` */
function openedState({ text }: Reply): OpenedState {
  const facts = parseFactLine(`${text.slice(text.lastIndexOf(' ') + 1)} `)?.facts
  const size = facts?.get('size') ?? ''
  const mtimeNs = parseTimeValue(facts?.get('modify') ?? '')
  const fileId = facts?.get('unique')
  if (!/^\d+$/.test(size) || mtimeNs === undefined || fileId === undefined) {
    throw new ErrnoError('EPROTO', `RETR answered ${JSON.stringify(text)}`)
  }
  return { size: Number(size), mtimeNs, fileId }
}
