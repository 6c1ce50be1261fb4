/**
 * Makes the session of a transfer request. Sessions run in this process, with its rights: the
 * request's user decides the home directory, its group is only recorded.
 */

import { homedir } from 'node:os'
import { isIPv4 } from 'node:net'
import type { Logger } from '../../support/logger.ts'
import { AccessRules } from './access-rules.ts'
import type { UftpdConfig } from './config.ts'
import type { ControlChannel } from './control-channel.ts'
import { DataChannel } from './data-channel.ts'
import { stockFacts } from './file-facts.ts'
import { Jail, isWithin, normalise } from './jail.ts'
import { LocalStorage } from './local-storage.ts'
import type { PassivePorts } from './passive-ports.ts'
import { RateLimiter } from './rate-limiter.ts'
import { Refusal } from './refusal.ts'
import { Session } from './session.ts'
import { StorageError } from './storage-error.ts'
import type { TransferRequest } from './transfer-request.ts'
import type { UserDatabase } from './user-database.ts'

export class SessionFactory {
  readonly #config: UftpdConfig
  readonly #ports: PassivePorts
  readonly #users: UserDatabase
  readonly #log: Logger
  #count = 0

  constructor(config: UftpdConfig, ports: PassivePorts, users: UserDatabase, log: Logger) {
    this.#config = config
    this.#ports = ports
    this.#users = users
    this.#log = log
  }

  async open(request: TransferRequest, control: ControlChannel): Promise<Session> {
    await this.#users.refresh()
    const home = this.#users.user(request.user)?.home || homedir()
    const { exportRoot, advertiseHost } = this.#config
    const jail = await openJail(request, home, exportRoot)
    const storage = new LocalStorage(jail)
    const startDirectory = await startIn(
      jail,
      storage,
      request.base === undefined ? home : undefined,
    )
    const log = this.#log.child({ session: ++this.#count, user: request.user })
    log.info('session started', {
      from: control.peerAddress,
      base: jail.base,
      group: request.group,
      access: request.access,
    })
    return new Session(
      {
        control,
        jail,
        storage,
        startDirectory,
        log,
        data: new DataChannel(this.#ports),
        rules: this.#rules(request, jail, startDirectory, home),
        rate: new RateLimiter(request.rateLimit),
        users: this.#users,
        advertisedAddress: advertiseHost && isIPv4(advertiseHost) ? advertiseHost : undefined,
      },
      stockFacts,
    )
  }

  #rules(request: TransferRequest, jail: Jail, start: string, home: string): AccessRules {
    const inside = (pattern: string): string => {
      const absolute = normalise(start, pattern)
      if (isWithin(jail.base, absolute)) return absolute
      throw new Refusal(534, `Forbidden: ${absolute} not in ${jail.base}`)
    }
    const guarded = this.#config.protectedFiles.map((name) => normalise(home, name))
    return new AccessRules(request.access, request.includes.map(inside), [
      ...guarded,
      ...request.excludes.map(inside),
    ])
  }
}

/** A relative base is below the home; none means everything (of the export). */
async function openJail(
  request: TransferRequest,
  home: string,
  exportRoot: string | undefined,
): Promise<Jail> {
  if (request.base === undefined) return Jail.open(exportRoot ?? '/', exportRoot)
  return Jail.open(normalise(home, request.base), exportRoot)
}

/** Without a base a session starts at home, if that is a directory inside. */
async function startIn(
  jail: Jail,
  storage: LocalStorage,
  home: string | undefined,
): Promise<string> {
  if (home === undefined) return jail.base
  try {
    const start = jail.resolve(home, '/')
    const { type } = await storage.status(start)
    return type === 'directory' ? start : jail.base
  } catch (error) {
    if (error instanceof Refusal || error instanceof StorageError) return jail.base
    throw error
  }
}
