/**
 * Sign-on at the Auth server: credentials in, a session ticket for the UFTPD listen port out.
 *
 * The request is the one the Python clients send, so that every Auth server knows it: `persistent` is
 * a string. Answers are read leniently, as servers differ: `success` as boolean or string, failures
 * as HTTP status with `errorMessage` or as `success: false` with `reason`.
 */

import { Secret } from '../../support/secret.ts'
import type { Logger } from '../../support/logger.ts'
import type { SessionTicket } from '../session-ticket.ts'
import { authorization, describeCredentials, type Credentials } from './credentials.ts'
import { postJson, type HttpReply } from './http-exchange.ts'
import { SignOnError } from './sign-on-error.ts'

export interface SignOnOptions {
  /** `https://HOST:PORT/rest/auth/SITE` (`http:` only if the user wrote it). */
  readonly url: URL
  /** The base directory of the session; empty: the home directory, without a base. */
  readonly serverPath: string
  readonly credentials: Credentials
  /** PEM of the certificates to trust instead of the system's. */
  readonly ca?: string | Buffer | undefined
  readonly insecure?: boolean | undefined
  readonly timeoutMs?: number | undefined
  readonly log: Logger
}

const timeoutMsDefault = 30_000

/** Rejects with SignOnError, or with the signal's reason. */
export async function signOn(options: SignOnOptions, signal?: AbortSignal): Promise<SessionTicket> {
  const { url, credentials, log } = options
  if (url.protocol === 'http:') log.warn('signing on without TLS', { host: url.host })
  if (options.insecure) log.warn('the certificate is not verified', { host: url.host })
  const reply = await postJson({
    url,
    authorization: authorization(credentials),
    body: { persistent: 'true', serverPath: directoryPath(options.serverPath) },
    ca: options.ca,
    insecure: options.insecure,
    timeoutMs: options.timeoutMs ?? timeoutMsDefault,
    signal,
  })
  log.debug('sign-on answered', { host: url.host, status: reply.status })
  return readTicket(reply, url, credentials)
}

/** UFTPD takes the text before the last slash for the base directory. */
function directoryPath(path: string): string {
  return path === '' || path.endsWith('/') ? path : `${path}/`
}

type Fields = Readonly<Record<string, unknown>>

function readTicket(reply: HttpReply, url: URL, credentials: Credentials): SessionTicket {
  const fields = parseFields(reply.text)
  if (reply.status !== 200) throw statusFailure(reply, fields, url, credentials)
  if (!fields) {
    throw new SignOnError('server', `${shown(url)} did not answer with JSON; is the address right?`)
  }
  if (!isTrue(fields['success'])) {
    const reason = text(fields['reason']) ?? text(fields['errorMessage']) ?? 'no reason given'
    throw new SignOnError('refused', `${url.host} refused the session: ${reason}`)
  }
  const host = text(fields['serverHost'])
  const port = Number(fields['serverPort'])
  const secret = text(fields['secret'])
  if (!host || !secret || !Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new SignOnError('server', `${shown(url)} answered without host, port or password`)
  }
  return { host, port, secret: new Secret(secret) }
}

function statusFailure(
  { status, location }: HttpReply,
  fields: Fields | undefined,
  url: URL,
  credentials: Credentials,
): SignOnError {
  const said = text(fields?.['errorMessage']) ?? text(fields?.['reason'])
  const because = said ? `: ${said}` : ''
  switch (status) {
    case 401:
    case 403:
      return new SignOnError(
        'refused',
        `${url.host} refused the ${describeCredentials(credentials)}${because}`,
      )
    case 404: {
      const site = decodeURI(url.pathname.split('/').at(-1) ?? '')
      return new SignOnError('unknown-site', `no site "${site}" at ${shown(url)}${because}`)
    }
    case 429:
      return new SignOnError('refused', `${url.host} wants a pause before the next try${because}`)
    case 503:
      return new SignOnError(
        'unavailable',
        `the UFTP server behind ${shown(url)} is down${because}`,
      )
    default:
  }
  if (status >= 300 && status < 400) {
    const target = location ?? 'elsewhere'
    return new SignOnError('server', `${shown(url)} redirects to ${target}, which is not followed`)
  }
  const kind = said?.startsWith('Cannot connect to UFTPD') ? 'unavailable' : 'server'
  return new SignOnError(kind, `${shown(url)} answered with HTTP status ${status}${because}`)
}

function parseFields(json: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null ? (value as Fields) : undefined
  } catch {
    return undefined
  }
}

function isTrue(value: unknown): boolean {
  return value === true || (typeof value === 'string' && value.toLowerCase() === 'true')
}

/** One line of text without control characters, as it may end up on a terminal. */
function text(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  const line = value.replace(/[\s\p{Cc}]+/gu, ' ').trim()
  return line === '' ? undefined : line
}

function shown(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`
}
