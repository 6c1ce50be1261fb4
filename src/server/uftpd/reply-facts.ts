/** What replies tell of files after OPTS REPLY-FACTS ON (docs/PROTOCOL.md §10). */

import { factsOf, linkHandling } from './file-facts.ts'
import type { Session } from './session.ts'
import type { FileStatus } from './storage.ts'

/** `reply`, with the facts of what `path` names now, as MLST tells them. */
export async function withFacts(session: Session, reply: string, path: string): Promise<string> {
  if (!session.tellsFacts) return reply
  let status: FileStatus
  try {
    status = await session.parts.storage.status(path, linkHandling(session.facts))
  } catch {
    // Somebody has taken it away meanwhile: what was asked for has been done all the same.
    return reply
  }
  return withFactsOf(session, reply, status)
}

/** Where the file itself is at hand. */
export function withFactsOf(session: Session, reply: string, status: FileStatus): string {
  return `${reply} ${factsOf(status, session.facts, session.parts.users)}`
}
