import { ErrnoError } from '../support/errno-error.ts'
import { SignOnError } from './auth/sign-on-error.ts'
import { ConnectionLost } from './connection-lost.ts'

/** A failed sign-on as programs on the mount see it; other errors pass through. */
export function signOnErrno(error: unknown): unknown {
  if (!(error instanceof SignOnError)) return error
  const detail = `sign on again: ${error.message}`
  const isPassing = error.kind === 'network' || error.kind === 'unavailable'
  return isPassing
    ? new ConnectionLost(detail, { cause: error })
    : new ErrnoError('EACCES', detail, { cause: error })
}
