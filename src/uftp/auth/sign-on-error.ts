/**
 * Why the Auth server gave no session. `explanation` is one line for the user.
 *
 * `refused`: the credentials are wrong or not enough. `unknown-site`: no such UFTPD server at that
 * address. `network`: nobody answers. `tls`: the server's certificate is not trusted. `unavailable`:
 * the UFTPD server behind it is down. `server`: everything else that went wrong over there.
 */
export type SignOnFailure =
  'refused' | 'unknown-site' | 'network' | 'tls' | 'unavailable' | 'server'

export class SignOnError extends Error {
  override readonly name = 'SignOnError'
  readonly kind: SignOnFailure

  constructor(kind: SignOnFailure, explanation: string, options?: { cause?: unknown }) {
    super(explanation, options)
    this.kind = kind
  }
}
