/**
 * Why a session with a base directory was closed right after login: the server does not say, but a
 * session without a base can look.
 */

import type { Logger } from '../support/logger.ts'
import { login } from './login.ts'
import { ServerTraits } from './server-traits.ts'
import { SessionRefused } from './session-refused.ts'
import type { SessionTicket } from './session-ticket.ts'

export interface BaseDirectoryOptions {
  /** Signs on without a base directory (`serverPath` empty). */
  readonly signOnWithoutBase: (signal?: AbortSignal) => Promise<SessionTicket>
  readonly directory: string
  readonly silenceMs: number
  readonly log: Logger
  readonly signal?: AbortSignal
}

/**
 * The refusal that names the reason ("remote directory /x does not exist"); undefined if the
 * directory is there after all. Rejects when such a session cannot be had.
 */
export async function explainBaseDirectory(
  options: BaseDirectoryOptions,
): Promise<SessionRefused | undefined> {
  const { directory, silenceMs, log, signal } = options
  const ticket = await options.signOnWithoutBase(signal)
  const traits = new ServerTraits(log)
  try {
    const session = await login({ id: 0, ticket, traits, directory, silenceMs, log, signal })
    await session.close()
    return undefined
  } catch (error) {
    if (error instanceof SessionRefused && error.kind === 'directory') return error
    throw error
  }
}
