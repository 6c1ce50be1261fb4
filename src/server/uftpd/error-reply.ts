/**
 * Error → reply line, in the words of stock UFTPD: `550 Error processing command 'X': [Errno N]
 * strerror: 'path'`. The clients of others search these texts for `[Errno N]`.
 *
 * The code is 550 (RFC 959: action not taken) where stock says 500 (command unrecognised): FTP
 * clients such as lftp take that literally and reconnect. UFTP clients look at the first digit.
 */

import { constants } from 'node:os'
import { errnoText, isErrnoName } from '../../support/errno.ts'
import { Refusal } from './refusal.ts'

/**
 * `replyCode` is for errors with an errno; a Refusal brings its own. Line ends in names are shown as
 * Python's repr() would: a reply has only its own.
 */
export function errorReply(verb: string, error: unknown, replyCode = 550): string {
  const text = errorText(error).replace(/[\r\n]/g, (end) => (end === '\r' ? '\\r' : '\\n'))
  return `${codeOf(error, replyCode)} Error processing command '${verb}': ${text}`
}

function codeOf(error: unknown, replyCode: number): number {
  if (error instanceof Refusal) return error.code
  return systemErrorName(error) === undefined ? 500 : replyCode
}

/** `[Errno 2] No such file or directory: '/base/x'`, or the message of what has no errno. */
export function errorText(error: unknown): string {
  if (error instanceof Refusal) return error.message
  const name = systemErrorName(error)
  if (name === undefined) return 'Internal error'
  const number = (constants.errno as Record<string, number>)[name]!
  const text = isErrnoName(name) ? errnoText(name) : name
  const { path, dest } = error as { path?: unknown; dest?: unknown }
  const subject = typeof path === 'string' ? `: ${quoted(path)}` : ''
  const second = typeof dest === 'string' ? ` -> ${quoted(dest)}` : ''
  return `[Errno ${number}] ${text}${subject}${second}`
}

/** The name of the errno that an error carries, also one outside support/errno.ts. */
export function systemErrorName(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' && error.code in constants.errno ? error.code : undefined
}

/** As Python's repr() chooses its quotes: stock's clients see the same text. */
function quoted(path: string): string {
  return path.includes("'") && !path.includes('"') ? `"${path}"` : `'${path}'`
}
