/**
 * What the command ports tell of themselves, for `GET /rest/auth`. Kept for some seconds, so that
 * anonymous visitors cannot make a uftpd busy.
 */

import type { Clock } from '../../support/clock.ts'
import type { UftpdServer } from './config.ts'
import { answerFields, askUftpd } from './uftpd-client.ts'

export interface ServerStatus {
  readonly up: boolean
  readonly version: string | undefined
  /** MAX_CONNECTIONS. */
  readonly sessionLimit: number | undefined
}

const keepMs = 5000
const down: ServerStatus = { up: false, version: undefined, sessionLimit: undefined }

export class ServerStatuses {
  readonly #clock: Clock
  readonly #known = new Map<string, { readonly untilMs: number; status: Promise<ServerStatus> }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async of(server: UftpdServer): Promise<ServerStatus> {
    const known = this.#known.get(server.name)
    if (known && this.#clock.monotonicMs() < known.untilMs) return known.status
    const status = ping(server)
    this.#known.set(server.name, { untilMs: this.#clock.monotonicMs() + keepMs, status })
    return status
  }
}

async function ping(server: UftpdServer): Promise<ServerStatus> {
  try {
    const fields = answerFields(await askUftpd(server, { 'request-type': 'uftp-ping-request' }))
    const version = fields.get('Version')
    const limit = Number(fields.get('MaxSessionsPerClient'))
    if (version === undefined) return down
    return { up: true, version, sessionLimit: limit > 0 ? limit : undefined }
  } catch {
    return down
  }
}
