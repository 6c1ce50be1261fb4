/** The file server: command port for the Auth server, listen port for clients. Embeddable. */

import { systemClock } from '../../support/clock.ts'
import { DisposalStack } from '../../support/disposal-stack.ts'
import type { Logger } from '../../support/logger.ts'
import type { Address } from './bound-server.ts'
import { CommandPort, type RequestHandler } from './command-port.ts'
import type { UftpdConfig } from './config.ts'
import { housekeepingMs, JobTable } from './job-table.ts'
import { Listener } from './listener.ts'
import { PassivePorts } from './passive-ports.ts'
import { SessionFactory } from './session-factory.ts'
import { parseTransferRequest } from './transfer-request.ts'
import { UserDatabase } from './user-database.ts'
import { userInfo } from './user-info.ts'
import { protocolVersion } from './version.ts'

export class Uftpd implements AsyncDisposable {
  readonly #stack: DisposalStack
  readonly commandAddress: Address
  readonly listenAddress: Address

  private constructor(stack: DisposalStack, commandAddress: Address, listenAddress: Address) {
    this.#stack = stack
    this.commandAddress = commandAddress
    this.listenAddress = listenAddress
  }

  /** Rejects when a port cannot be had or a host name cannot be resolved. */
  static async start(config: UftpdConfig, log: Logger): Promise<Uftpd> {
    const stack = new DisposalStack()
    try {
      const jobs = new JobTable(systemClock, config.maxConnections)
      const housekeeping = setInterval(() => jobs.endOfRound(), housekeepingMs).unref()
      stack.defer(() => clearInterval(housekeeping))
      const users = new UserDatabase()
      const ports = new PassivePorts(config.portRange, log)
      const factory = await SessionFactory.create(config, ports, users, log)
      const listener = stack.use(
        await Listener.start({
          host: config.listenHost,
          port: config.listenPort,
          jobs,
          checkClientAddress: config.checkClientAddress,
          openSession: (request, control) => factory.open(request, control),
          log,
        }),
      )
      const handlers = requestHandlers(config, listener.address, jobs, users, log)
      const commandPort = stack.use(
        await CommandPort.start(config.commandHost, config.commandPort, handlers, log),
      )
      return new Uftpd(stack, commandPort.address, listener.address)
    } catch (error) {
      await stack[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Ends all sessions and frees the ports. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack[Symbol.asyncDispose]()
  }
}

function requestHandlers(
  config: UftpdConfig,
  listen: Address,
  jobs: JobTable,
  users: UserDatabase,
  log: Logger,
): ReadonlyMap<string, RequestHandler> {
  const ping: RequestHandler = async () =>
    [
      `Version: ${protocolVersion}`,
      `ListenPort: ${listen.port}`,
      `ListenAddress: ${listen.host}`,
      `MaxSessionsPerClient: ${config.maxConnections}`,
      config.advertiseHost === undefined ? '' : `AdvertiseAddress: ${config.advertiseHost}`,
      '',
    ].join('\n')
  const transfer: RequestHandler = async (fields) => {
    const request = parseTransferRequest(fields)
    jobs.add(request)
    log.info('transfer request', { user: request.user, group: request.group, base: request.base })
    return `OK::${listen.port}`
  }
  const info: RequestHandler = (fields) =>
    userInfo((fields.get('user') ?? '').trim(), users, config.keyFiles)
  return new Map([
    ['uftp-ping-request', ping],
    ['uftp-transfer-request', transfer],
    ['uftp-get-user-info-request', info],
  ])
}
