/**
 * What the Auth server asks for by `request-type=uftp-transfer-request`. What would restrict or
 * protect a session and is not implemented is refused: it must never be dropped in silence.
 */

import { Secret } from '../../support/secret.ts'
import { isAccessLevel, type AccessLevel } from './access-rules.ts'
import { Refusal } from './refusal.ts'

export interface TransferRequest {
  readonly user: string
  readonly secret: Secret
  /** Addresses that may log in; undefined when the request names none. */
  readonly clientAddresses: readonly string[] | undefined
  readonly persistent: boolean
  /** Base directory; undefined: none, the session starts in the user's home. */
  readonly base: string | undefined
  readonly group: string | undefined
  /** Bytes per second; 0: no limit. */
  readonly rateLimit: number
  readonly includes: readonly string[]
  readonly excludes: readonly string[]
  readonly access: AccessLevel
}

export type RequestFields = ReadonlyMap<string, string>

/** Rejects with a Refusal whose message becomes `ERROR::message`. */
export function parseTransferRequest(fields: RequestFields): TransferRequest {
  const user = required(fields, 'user')
  const secret = required(fields, 'secret')
  if (fields.get('key')) {
    throw refused('Encrypted connections are not supported by this UFTPD server.')
  }
  if (isTrue(fields.get('compress'))) {
    throw refused('Compressed connections are not supported by this UFTPD server.')
  }
  const rateLimit = fields.get('rateLimit') ?? '0'
  if (!/^\d{1,15}$/.test(rateLimit)) throw refused(`Invalid rateLimit '${rateLimit}'`)
  // As stock: any other word, and none, means everything.
  const access = fields.get('access-permissions') ?? 'FULL'
  return {
    user,
    secret: new Secret(secret),
    clientAddresses: fields.has('client-ip') ? list(fields.get('client-ip'), ',') : undefined,
    persistent: isTrue(fields.get('persistent')),
    base: baseDirectory(fields.get('file') ?? ''),
    group: fields.get('group') || undefined,
    rateLimit: Number(rateLimit),
    includes: list(fields.get('includes'), ':'),
    excludes: list(fields.get('excludes'), ':'),
    access: isAccessLevel(access) ? access : 'FULL',
  }
}

/** The text before the last slash, as stock reads it: `/data/x` means `/data`. */
function baseDirectory(file: string): string | undefined {
  const slash = file.lastIndexOf('/')
  if (slash < 0) return undefined
  return slash === 0 ? '/' : file.slice(0, slash)
}

function required(fields: RequestFields, name: string): string {
  const value = fields.get(name)
  if (!value) throw refused(`'${name}'`)
  return value
}

function isTrue(value: string | undefined): boolean {
  return value?.toLowerCase() === 'true'
}

function list(value: string | undefined, separator: string): readonly string[] {
  if (!value) return []
  return value
    .split(separator)
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

function refused(message: string): Refusal {
  return new Refusal(500, message)
}
