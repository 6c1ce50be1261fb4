/** Who asks: HTTP Basic against the users file. */

import type { Clock } from '../../support/clock.ts'
import type { Logger } from '../../support/logger.ts'
import { Secret } from '../../support/secret.ts'
import { Problem } from './problem.ts'
import { SignOnLimit } from './sign-on-limit.ts'
import { ParsedText, type TextSource } from './text-source.ts'
import { parseUsers, verifyPassword, type Users } from './users.ts'

/** Who sends no credentials may only look. */
export const anonymousName = 'CN=ANONYMOUS,O=UNKNOWN,OU=UNKNOWN'

export class SignOn {
  readonly #users: ParsedText<Users>
  readonly #limit: SignOnLimit
  readonly #log: Logger

  private constructor(users: ParsedText<Users>, limit: SignOnLimit, log: Logger) {
    this.#users = users
    this.#limit = limit
    this.#log = log
  }

  static async open(source: TextSource, clock: Clock, log: Logger): Promise<SignOn> {
    const users = await ParsedText.open(source, parseUsers, (error) => {
      log.error('users file cannot be read, going on with the last one', { error })
    })
    return new SignOn(users, new SignOnLimit(clock), log)
  }

  /**
   * The DN behind an Authorization header; undefined without one. Problem 403 for credentials that
   * are wrong or of a kind we do not know, 429 after too many failures.
   */
  async identify(header: string | undefined, address: string): Promise<string | undefined> {
    if (!header) return undefined
    const credentials = basicCredentials(header)
    if (!credentials) throw new Problem(403, 'Only HTTP Basic credentials are supported')
    const { user, password } = credentials
    const users = await this.#users.current()
    // From here to the count of a failure nothing waits: parallel guesses are all counted.
    const seconds = this.#limit.retryAfter(address, user)
    if (seconds > 0) {
      this.#log.warn('sign-on refused: too many failures', { address, user })
      throw new Problem(429, `Too many failed sign-ons, try again in ${seconds} s`, {
        'Retry-After': String(seconds),
      })
    }
    const dn = verifyPassword(users, user, password)
    if (dn !== undefined) return dn
    this.#limit.failed(address, user)
    this.#log.warn('sign-on failed', { address, user })
    throw new Problem(403, 'Authentication failed: wrong user name or password')
  }
}

function basicCredentials(
  header: string,
): { readonly user: string; readonly password: Secret } | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/]+=*)\s*$/i.exec(header)?.[1]
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (colon < 0) return undefined
  return { user: text.slice(0, colon), password: new Secret(text.slice(colon + 1)) }
}
