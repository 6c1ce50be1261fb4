/** The one way out of the file system: what was thrown becomes the number that a program sees. */

import { errnoNumber } from '../support/errno.ts'
import { errnoOf } from '../support/errno-error.ts'
import type { Logger } from '../support/logger.ts'

/** A positive Linux errno: EINTR for an abort, EIO (and a log line with the stack) for a bug. */
export function replyErrno(error: unknown, operation: string, log: Logger): number {
  const code = errnoOf(error)
  if (code !== undefined) return errnoNumber(code)
  if (error instanceof Error && error.name === 'AbortError') return errnoNumber('EINTR')
  log.error('request failed unexpectedly', {
    operation,
    error: error instanceof Error ? (error.stack ?? error.message) : String(error),
  })
  return errnoNumber('EIO')
}
