/** Makes a session at a uftpd for somebody who has signed on. */

import { randomInt } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { plainAddress } from '../addresses.ts'
import type { Logger } from '../../support/logger.ts'
import type { UftpdServer } from './config.ts'
import type { Account } from './map-file.ts'
import { Problem } from './problem.ts'
import { basePath, type SessionRequest } from './session-request.ts'
import { askUftpd, type Fields } from './uftpd-client.ts'

/** What the client needs to log in at uftpd. */
export interface SessionAnswer {
  readonly success: true
  readonly reason: string
  readonly serverHost: string
  readonly serverPort: number
  /** The one-time password. */
  readonly secret: string
}

const secretLength = 20
const clientAddressLimit = 16

export async function openSession(
  server: UftpdServer,
  account: Account,
  request: SessionRequest,
  peerAddress: string,
  log: Logger,
): Promise<SessionAnswer> {
  const [user] = account.xlogins
  if (user === undefined) throw new Problem(401, 'No Unix login is configured for this user')
  const secret = makeSecret()
  const fields: Fields = {
    'request-type': 'uftp-transfer-request',
    'client-ip': (await clientAddresses(request.client, peerAddress)).join(','),
    user,
    secret,
    persistent: String(request.persistent),
    file: basePath(request.serverPath),
    append: 'false',
    streams: String(request.streamCount),
    compress: String(request.compress),
    group: groupOf(account, request.group ?? undefined),
    rateLimit: account.rateLimit > 0 ? String(account.rateLimit) : undefined,
    key: request.encryptionKey ?? undefined,
    algo: request.encryptionKey ? (request.encryptionAlgorithm ?? 'BLOWFISH') : undefined,
    includes: account.includes,
    excludes: account.excludes,
  }
  const answer = await reach(server, fields, log)
  const port = /^OK::(\d+)/.exec(answer)?.[1]
  if (port === undefined) {
    log.warn('uftpd refused a session', { server: server.name, answer: answer.trim() })
    throw new Problem(500, `UFTPD server '${server.name}': ${answer.trim()}`)
  }
  log.info('session opened', { server: server.name, user, base: fields.file })
  return { success: true, reason: '', serverHost: server.host, serverPort: Number(port), secret }
}

async function reach(server: UftpdServer, fields: Fields, log: Logger): Promise<string> {
  try {
    return await askUftpd(server, fields)
  } catch (error) {
    log.error('uftpd cannot be reached', { server: server.name, error })
    throw new Problem(500, `Cannot connect to UFTPD server '${server.name}'`)
  }
}

/** The requested group, which must be one of the user's, or the user's first. */
function groupOf(account: Account, requested: string | undefined): string | undefined {
  if (!requested) return account.groups[0]
  if (account.groups.includes(requested)) return requested
  throw new Problem(400, `Group '${requested}' is not one of the user's groups`)
}

/** Those that the client names for itself (as addresses or host names), or the one we see. */
async function clientAddresses(
  client: string | null | undefined,
  peerAddress: string,
): Promise<readonly string[]> {
  const named = (client ?? '').split(/[,\s]+/).filter((item) => item !== '')
  if (named.length === 0) return [peerAddress]
  if (named.length > clientAddressLimit) throw new Problem(400, 'client: too many addresses')
  const lists = await Promise.all(named.map(addressesOf))
  return lists.flat().slice(0, clientAddressLimit)
}

async function addressesOf(host: string): Promise<readonly string[]> {
  if (isIP(host)) return [plainAddress(host)]
  try {
    return (await lookup(host, { all: true })).map(({ address }) => plainAddress(address))
  } catch {
    throw new Problem(400, `client: '${host}' is neither an address nor a known host`)
  }
}

function makeSecret(): string {
  const letters = Array.from({ length: secretLength }, () => randomInt(26))
  return String.fromCharCode(...letters.map((letter) => 0x61 + letter))
}
