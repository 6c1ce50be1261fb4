/**
 * Refusals of the far side as errno. The only place that looks at the text of replies.
 *
 * Order matters: UFTPD's `[Errno N]` is the operating system's own word and comes first.
 */

import { errnoName, type ErrnoName } from '../support/errno.ts'
import { ErrnoError, errnoOf } from '../support/errno-error.ts'
import { ConnectionLost } from './connection-lost.ts'
import type { Command } from './wire/commands.ts'
import type { Reply } from './wire/reply-reader.ts'

interface Rule {
  readonly codes?: readonly number[]
  readonly text?: RegExp
  readonly errno: ErrnoName
}

const rules: readonly Rule[] = [
  { codes: [534], errno: 'EACCES' },
  { text: /Forbidden:|Access denied|Can't cd up/, errno: 'EACCES' },
  // May hide EACCES or ENOTDIR: who needs to know asks again by STAT.
  { text: /Directory\/file does not exist or cannot be accessed/, errno: 'ENOENT' },
  { text: /Directory does not exist/, errno: 'ENOENT' },
  { text: /too many values to unpack|Not supported:/, errno: 'EOPNOTSUPP' },
  { text: /unconverted data remains|does not match format/, errno: 'EINVAL' },
  {
    text: /mktime argument out of range|year .*out of range|timestamp out of range/,
    errno: 'EINVAL',
  },
  { text: /Too many active/, errno: 'EAGAIN' },
  { text: /embedded null/, errno: 'EINVAL' },
  { codes: [502], errno: 'ENOSYS' },
  { codes: [501], errno: 'EINVAL' },
  { codes: [503], errno: 'EPROTO' },
  { codes: [530], errno: 'EACCES' },
  { codes: [552], errno: 'EDQUOT' },
  { codes: [452], errno: 'ENOSPC' },
]

/** The data connection was gone when the transfer began or went away during it. */
const lostDataConnection = /NoneType|Broken pipe|\[Errno (?:9|32|103|104|107|110)\]|Socket closed/

/** 425 and 426: RFC 959's codes for the same. */
function isDataConnectionLost({ code, text }: Reply): boolean {
  return code === 425 || code === 426 || lostDataConnection.test(text)
}

const systemErrno = /\[Errno (\d+)\]/

export function replyErrno(reply: Reply): ErrnoName {
  const text = [...reply.lines, reply.text].join('\n')
  const number = systemErrno.exec(text)?.[1]
  const named = number === undefined ? undefined : errnoName(Number(number))
  if (named) return named
  const rule = rules.find(
    ({ codes, text: pattern }) =>
      (!codes || codes.includes(reply.code)) && (!pattern || pattern.test(text)),
  )
  return rule?.errno ?? 'EIO'
}

/** What to throw for a refused command. ConnectionLost when only the data connection is to blame. */
export function refusal(command: Command, reply: Reply): ErrnoError {
  const detail = `${command.shown} was answered ${reply.code} ${reply.text}`
  if (command.spec.transfers && isDataConnectionLost(reply)) return new ConnectionLost(detail)
  return new ErrnoError(replyErrno(reply), detail)
}

/** The reply if it says success, else throws. */
export function accepted(command: Command, reply: Reply): Reply {
  if (command.spec.accepts.includes(reply.code)) return reply
  throw refusal(command, reply)
}

/** MFMT or MFF of stock UFTPD met a blank in the path. */
export function isBlankRefusal(error: unknown): boolean {
  return error instanceof ErrnoError && /too many values to unpack/.test(error.message)
}

/** A failing socket: EIO unless it says something that a program can use. */
export function connectionLost(detail: string, cause: unknown): ConnectionLost {
  const code = errnoOf(cause)
  return new ConnectionLost(code ? `${detail} (${code})` : detail, { cause })
}
