import type { Secret } from '../support/secret.ts'

/** Where to log in and with what; the sign-on's result. */
export interface SessionTicket {
  readonly host: string
  readonly port: number
  /** The one-time password. */
  readonly secret: Secret
}
