/** What the Auth server can be told: `container.properties`, in UNICORE's names. */

import type { Secret } from '../../support/secret.ts'
import type { TextSource } from './text-source.ts'

/** One uftpd that users may ask for. */
export interface UftpdServer {
  /** As in `/rest/auth/NAME`; without `-`, which would start an instance number. */
  readonly name: string
  readonly description: string
  /** Where clients are sent to. */
  readonly host: string
  readonly commandHost: string
  readonly commandPort: number
  /** TLS on the command port; undefined: plain text. */
  readonly tls: CommandTls | undefined
}

export interface CommandTls {
  readonly credential: Credential
  /** PEM certificates of the authorities that may have issued uftpd's certificate. */
  readonly trusted: readonly string[]
}

/** A certificate chain with its private key. */
export type Credential =
  | {
      readonly kind: 'pem'
      readonly certificate: string
      readonly key: string
      readonly password?: Secret
    }
  | { readonly kind: 'pkcs12'; readonly archive: Buffer; readonly password?: Secret }

export interface AuthServerConfig {
  /** undefined: all interfaces. */
  readonly host: string | undefined
  /** 0: any free one. */
  readonly port: number
  /** Base of the URLs told to clients when a proxy stands before us, without `/rest/auth`. */
  readonly externalUrl: string | undefined
  readonly credential: Credential
  /** Password file: `user:hash:salt:DN`. */
  readonly users: TextSource
  /** Map file (JSON): DN → role, xlogin, group. */
  readonly map: TextSource
  readonly servers: readonly UftpdServer[]
}
