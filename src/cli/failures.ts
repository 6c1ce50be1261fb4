/** What kept a mount from beginning, as one line and an exit code. */

import { MountpointOccupied } from '../fuse/mountpoint.ts'
import { errnoText, type ErrnoName } from '../support/errno.ts'
import { errnoOf, ErrnoError } from '../support/errno-error.ts'
import { SignOnError, type SignOnFailure } from '../uftp/auth/sign-on-error.ts'
import { ConnectionLost } from '../uftp/connection-lost.ts'
import { SessionRefused, type RefusalKind } from '../uftp/session-refused.ts'
import { exitCodes, ExitError, type ExitCode } from './exit.ts'

const signOnExitCodes: Readonly<Record<SignOnFailure, ExitCode>> = {
  refused: exitCodes.signOn,
  'unknown-site': exitCodes.signOn,
  unavailable: exitCodes.signOn,
  server: exitCodes.signOn,
  network: exitCodes.network,
  tls: exitCodes.network,
}

const refusalExitCodes: Readonly<Record<RefusalKind, ExitCode>> = {
  'unknown-secret': exitCodes.signOn,
  busy: exitCodes.signOn,
  limit: exitCodes.signOn,
  address: exitCodes.signOn,
  account: exitCodes.signOn,
  protocol: exitCodes.network,
  'base-directory': exitCodes.remotePath,
  directory: exitCodes.remotePath,
}

/** Failures while talking to the server: sign-on, sessions, the root directory. */
export function remoteFailure(error: unknown): ExitError {
  if (error instanceof ExitError) return error
  if (error instanceof SignOnError) return exit(signOnExitCodes[error.kind], error)
  if (error instanceof SessionRefused) {
    return new ExitError(refusalExitCodes[error.kind], error.explanation, { cause: error })
  }
  if (error instanceof ConnectionLost) {
    const text = error.message.replace(/: Input\/output error$/, '')
    return new ExitError(exitCodes.network, text, { cause: error })
  }
  if (error instanceof Error && error.name === 'AbortError') {
    return new ExitError(exitCodes.interrupted, 'interrupted', { cause: error })
  }
  const code = errnoOf(error)
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') {
    const text = `the remote directory cannot be mounted: ${errnoText(code)}`
    return new ExitError(exitCodes.remotePath, text, { cause: error })
  }
  return exit(exitCodes.network, error)
}

const mountAdvice: Partial<Record<ErrnoName, string>> = {
  ENOENT: 'create it first',
  ENOTDIR: 'name a directory',
}

/** Failures of the mountpoint and of FUSE. */
export function mountFailure(error: unknown): ExitError {
  if (error instanceof MountpointOccupied) {
    return new ExitError(exitCodes.system, error.explanation, { cause: error })
  }
  const code = error instanceof ErrnoError ? error.code : undefined
  const advice = code && mountAdvice[code] ? `; ${mountAdvice[code]}` : ''
  const text = error instanceof Error ? error.message : String(error)
  return new ExitError(exitCodes.system, text + advice, { cause: error })
}

function exit(exitCode: ExitCode, error: unknown): ExitError {
  const text = error instanceof Error ? error.message : String(error)
  return new ExitError(exitCode, text, { cause: error })
}
