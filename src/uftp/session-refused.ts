import type { ErrnoName } from '../support/errno.ts'
import { ErrnoError } from '../support/errno-error.ts'

/**
 * Why the listen port did not let us in.
 *
 * `unknown-secret`: the one-time password is void. `busy`: it is not persistent and in use. `limit`:
 * the user has too many sessions. `address`: asked for from another address. `account`: the server
 * cannot run as the user or group. `base-directory`: closed right after the login succeeded, which
 * stock UFTPD does when the base directory is missing or not accessible. `directory`: the directory
 * to be mounted is missing or none. `protocol`: whatever else.
 */
export type RefusalKind =
  | 'unknown-secret'
  | 'busy'
  | 'limit'
  | 'address'
  | 'account'
  | 'base-directory'
  | 'directory'
  | 'protocol'

export class SessionRefused extends ErrnoError {
  readonly kind: RefusalKind
  /** One line for the user. */
  readonly explanation: string

  constructor(kind: RefusalKind, explanation: string, code: ErrnoName = 'EACCES') {
    super(code, `session refused: ${explanation}`)
    this.kind = kind
    this.explanation = explanation
  }
}
