import type { Secret } from '../../support/secret.ts'

/** Who signs on at the Auth server, and how that is shown. */
export type Credentials =
  | { readonly kind: 'basic'; readonly user: string; readonly password: Secret }
  | { readonly kind: 'bearer'; readonly token: Secret }
  | { readonly kind: 'anonymous' }

/** The value of the Authorization header (RFC 7617, UTF-8; RFC 6750); none for anonymous. */
export function authorization(credentials: Credentials): string | undefined {
  switch (credentials.kind) {
    case 'basic': {
      const pair = `${credentials.user}:${credentials.password.reveal()}`
      return `Basic ${Buffer.from(pair, 'utf8').toString('base64')}`
    }
    case 'bearer':
      return `Bearer ${credentials.token.reveal()}`
    case 'anonymous':
      return undefined
    default:
      return credentials satisfies never
  }
}

/** For messages: names the user, never the secret. */
export function describeCredentials(credentials: Credentials): string {
  switch (credentials.kind) {
    case 'basic':
      return `user name or password of "${credentials.user}"`
    case 'bearer':
      return 'access token'
    case 'anonymous':
      return 'anonymous user'
    default:
      return credentials satisfies never
  }
}
