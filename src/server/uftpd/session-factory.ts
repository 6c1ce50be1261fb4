/**
 * Makes the session of a transfer request. Sessions run in this process, with its rights: the
 * request's user decides the home directory, its group is only recorded.
 */

import { lookup } from 'node:dns/promises'
import { constants } from 'node:fs'
import { homedir } from 'node:os'
import { systemClock } from '../../support/clock.ts'
import type { Logger } from '../../support/logger.ts'
import { AccessRules } from './access-rules.ts'
import { ConfinedPaths } from './confined-paths.ts'
import type { UftpdConfig } from './config.ts'
import type { ControlChannel } from './control-channel.ts'
import { DataChannel } from './data-channel.ts'
import { systemErrorName } from './error-reply.ts'
import { stockFacts } from './file-facts.ts'
import { Jail, isWithin, normalise } from './jail.ts'
import { LocalPosixStorage } from './local-posix-storage.ts'
import { LocalStorage } from './local-storage.ts'
import { surveyMachine, type Machine } from './machine.ts'
import type { PassivePorts } from './passive-ports.ts'
import { RateLimiter } from './rate-limiter.ts'
import { Refusal } from './refusal.ts'
import { Session } from './session.ts'
import { Storages } from './storages.ts'
import type { TransferRequest } from './transfer-request.ts'
import type { UserDatabase } from './user-database.ts'

export class SessionFactory {
  readonly #config: UftpdConfig
  readonly #ports: PassivePorts
  readonly #users: UserDatabase
  readonly #machine: Machine
  readonly #storages: Storages
  readonly #log: Logger
  readonly #advertisedAddress: string | undefined
  #count = 0

  private constructor(
    config: UftpdConfig,
    advertisedAddress: string | undefined,
    ports: PassivePorts,
    users: UserDatabase,
    machine: Machine,
    log: Logger,
  ) {
    this.#config = config
    this.#advertisedAddress = advertisedAddress
    this.#ports = ports
    this.#users = users
    this.#machine = machine
    this.#storages = new Storages(machine.libc, systemClock)
    this.#log = log
  }

  /** Rejects when ADVERTISE_HOST has no IPv4 address. */
  static async create(
    config: UftpdConfig,
    ports: PassivePorts,
    users: UserDatabase,
    log: Logger,
  ): Promise<SessionFactory> {
    const advertised = await addressToAdvertise(config.advertiseHost)
    return new SessionFactory(config, advertised, ports, users, await surveyMachine(), log)
  }

  async open(request: TransferRequest, control: ControlChannel): Promise<Session> {
    await this.#users.refresh()
    const home = this.#users.user(request.user)?.home || homedir()
    const { exportRoot } = this.#config
    const jail = await openJail(request, home, this.#storages, exportRoot)
    const startDirectory = request.base === undefined ? await startAt(jail, home) : jail.base
    const rules = this.#rules(request, jail, startDirectory, home)
    const paths = new ConfinedPaths(jail, rules)
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
        rules,
        storage: new LocalStorage(paths, this.#machine.libc),
        posix: new LocalPosixStorage(paths, this.#machine),
        startDirectory,
        log,
        data: new DataChannel(this.#ports),
        rate: new RateLimiter(request.rateLimit),
        users: this.#users,
        advertisedAddress: this.#advertisedAddress,
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

/** PASV can only tell an IPv4 address. */
async function addressToAdvertise(host: string | undefined): Promise<string | undefined> {
  if (host === undefined) return undefined
  try {
    return (await lookup(host, { family: 4 })).address
  } catch (error) {
    throw new Error(`ADVERTISE_HOST: '${host}' has no IPv4 address`, { cause: error })
  }
}

/** A relative base is below the home; none means everything (of the export). */
async function openJail(
  request: TransferRequest,
  home: string,
  storages: Storages,
  exportRoot: string | undefined,
): Promise<Jail> {
  if (request.base === undefined) return Jail.open(exportRoot ?? '/', storages, exportRoot)
  return Jail.open(normalise(home, request.base), storages, exportRoot)
}

/** Without a base a session starts at home, if that is a directory inside. */
async function startAt(jail: Jail, home: string): Promise<string> {
  try {
    const start = jail.resolve(home, '/')
    return await jail.withPin(start, async () => start, constants.O_DIRECTORY)
  } catch (error) {
    if (error instanceof Refusal || systemErrorName(error) !== undefined) return jail.base
    throw error
  }
}
