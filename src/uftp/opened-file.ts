/**
 * Which file a RETR reads: the server opens what the path leads to in that moment, which others may
 * have replaced since its attributes were asked for. A server with REPLY-FACTS says in its 150 what it
 * has opened. Of others the path is asked for right before, in the same packet.
 */

import type { ByteRange } from '../support/byte-range.ts'
import { deferred } from '../support/deferred.ts'
import { ErrnoError } from '../support/errno-error.ts'
import { sizeQuery } from './attribute-query.ts'
import { ConnectionLost } from './connection-lost.ts'
import type { OpenedState } from './file-attributes.ts'
import type { Session } from './session.ts'
import { command, escapedArgument, siteCommand, type Command } from './wire/commands.ts'
import { parseFactLine, parseTimeValue } from './wire/facts.ts'
import type { Reply } from './wire/reply-reader.ts'

/** A read: the last of its commands, `retr`, brings the bytes. */
export interface Retrieval {
  readonly commands: readonly Command[]
  readonly retr: Command
  /** What has been opened. `replies`: those to `commands`. Rejects with what is told of the path. */
  readonly opened: (replies: readonly Promise<Reply>[]) => Promise<OpenedState>
}

export function retrieval(session: Session, path: string, { start, end }: ByteRange): Retrieval {
  const { traits } = session
  const range = command('RANG', start, end)
  if (!traits.agreement.tellsFacts) {
    const query = sizeQuery(session, path)
    const retr = command('RETR', traits.argument(path))
    const commands = [...query.commands, range, retr]
    return { commands, retr, opened: (replies) => query.read(replies) }
  }
  const isOne = traits.has('RETRIEVE')
  const plain = isOne
    ? siteCommand('RETRIEVE', start, end, escapedArgument(path))
    : command('RETR', traits.argument(path))
  const preliminary = deferred<Reply>()
  const retr = { ...plain, onPreliminary: preliminary.resolve }
  return {
    commands: isOne ? [retr] : [range, retr],
    retr,
    opened: async (replies) => {
      // Nothing has been opened, or the connection broke: unless the 150 has come before.
      replies
        .at(-1)!
        .then(
          () => preliminary.reject(new ConnectionLost(`read of ${path} without 150`)),
          preliminary.reject,
        )
      return openedState(await preliminary.promise)
    },
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
