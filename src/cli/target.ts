/** What is to be mounted: the forms of TARGET on the command line. */

import { Secret } from '../support/secret.ts'
import { usageError } from './exit.ts'

/** A directory behind an Auth server. */
export interface AuthTarget {
  readonly kind: 'auth'
  /** `https://HOST:PORT/…/rest/auth/SITE`, no user, no query. */
  readonly authUrl: string
  /** As the server names it: absolute, relative to the home directory, or empty for home. */
  readonly directory: string
  readonly user: string | undefined
  readonly password: Secret | undefined
}

/** A uftpd spoken to directly with a one-time password that is already known. */
export interface DirectTarget {
  readonly kind: 'direct'
  readonly host: string
  readonly port: number
  /** Absolute, or empty for the directory where the session starts. */
  readonly directory: string
}

export type Target = AuthTarget | DirectTarget

const forms =
  'https://HOST:PORT/rest/auth/SITE:/dir, uftp://HOST:PORT/rest/auth/SITE:/dir or uftpd://HOST:PORT/dir'
const uftpdDefaultPort = 64434

export function parseTarget(text: string): Target {
  const scheme = /^([a-z]+):\/\//i.exec(text)?.[1]?.toLowerCase()
  if (scheme === 'uftpd') return parseDirect(text)
  if (scheme === 'https' || scheme === 'http' || scheme === 'uftp') return parseAuth(text, scheme)
  throw usageError(`"${hidePassword(text)}" is not a target: write ${forms}`)
}

/** `USER:PASSWORD@` of an address. The password may hold an `@` but no `/`. */
const userInfo = /^([a-z]+:\/\/)([^/:@]*):([^/]*)@/i
const soundAuthority = /^[a-z]+:\/\/([^/@]*@)?(\[[^\]]*\]|[^/:@]*)(:\d+)?(\/|$)/i

/** For messages: a target without the password or token that may stand in it. */
export function hidePassword(text: string): string {
  const hidden = text.replace(userInfo, '$1$2:***@').replace(/([?&]token=)[^&]*/, '$1***')
  // Where the password ends is anybody's guess: show nothing.
  const isSound = soundAuthority.test(hidden.replace(':***@', '@')) || !text.includes('@')
  return isSound ? hidden : text.replace(/:\/\/.*/s, '://***')
}

/** A target that leads to the same place for somebody who knows the password. */
export function withoutUrlPassword(text: string): string {
  const cleaned = text.replace(userInfo, '$1$2@')
  return /^[a-z]+:\/\//i.test(text) && !soundAuthority.test(cleaned) ? hidePassword(text) : cleaned
}

function parseAuth(text: string, scheme: string): AuthTarget {
  const authority = parseAuthority(text)
  // The path is taken as typed; URL would percent-encode blanks and letters beyond ASCII.
  const afterHost = text.slice(text.indexOf('/', text.indexOf('://') + 3))
  const colon = afterHost.indexOf(':')
  if (!text.slice(scheme.length + 3).includes('/') || colon < 0) {
    throw usageError(
      `"${hidePassword(text)}" names no directory: after the site write a colon and the directory, ${forms}`,
    )
  }
  const service = afterHost.slice(0, colon)
  if (!/\/rest\/auth\/[^/]+$/.test(service)) {
    throw usageError(
      `"${hidePassword(text)}" is not the address of an Auth server: its path must end in /rest/auth/SITE`,
    )
  }
  const isPyunicoreForm = scheme === 'uftp'
  const query = isPyunicoreForm ? afterHost.indexOf('?', colon) : -1
  if (query >= 0) {
    throw usageError('token= and identity= in the target are not supported: use a password')
  }
  return {
    kind: 'auth',
    authUrl: `${scheme === 'http' ? 'http' : 'https'}://${authority.host}${service}`,
    directory: afterHost.slice(colon + 1),
    user: authority.user,
    password: authority.password,
  }
}

function parseDirect(text: string): DirectTarget {
  const authority = parseAuthority(text)
  const slash = text.indexOf('/', text.indexOf('://') + 3)
  return {
    kind: 'direct',
    host: authority.hostname,
    port: authority.port ?? uftpdDefaultPort,
    directory: slash < 0 || slash === text.length - 1 ? '' : text.slice(slash),
  }
}

interface Authority {
  /** With port, as it goes into a URL. */
  readonly host: string
  readonly hostname: string
  readonly port: number | undefined
  readonly user: string | undefined
  readonly password: Secret | undefined
}

function parseAuthority(text: string): Authority {
  try {
    // Read as https: URL leaves the host of a scheme that it does not know unparsed.
    const url = new URL(text.replace(/^[a-z]+:/i, 'https:'))
    if (url.hostname === '') throw new Error('no host')
    const password = decodeURIComponent(url.password)
    // URL drops 443, which for another scheme is a port like any other.
    const is443 = /^[a-z]+:\/\/[^/]*:443(\/|$)/i.test(text)
    return {
      host: url.host,
      hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: is443 ? 443 : url.port === '' ? undefined : Number(url.port),
      user: url.username === '' ? undefined : decodeURIComponent(url.username),
      password: password === '' ? undefined : new Secret(password),
    }
  } catch {
    throw usageError(`"${hidePassword(text)}" is not a valid address: write ${forms}`)
  }
}
