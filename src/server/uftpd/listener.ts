/** The port at which clients log in: banner, one-time password, then a session. */

import type { Socket } from 'node:net'
import type { Logger } from '../../support/logger.ts'
import { Secret } from '../../support/secret.ts'
import { plainAddress } from '../addresses.ts'
import { BoundServer, type Address } from './bound-server.ts'
import { systemReply } from './connection-commands.ts'
import { ControlChannel } from './control-channel.ts'
import { errorText } from './error-reply.ts'
import type { JobTable, SessionTicket } from './job-table.ts'
import { stockFacts } from './file-facts.ts'
import { defaultHash } from './hash-commands.ts'
import { featReply } from './option-commands.ts'
import { Refusal } from './refusal.ts'
import type { Session } from './session.ts'
import type { TransferRequest } from './transfer-request.ts'
import { banner } from './version.ts'

const loginTimeoutMs = 30_000
/** Connections at one time, logged in or not. */
const connectionLimit = 1024
/** Lines before the login: USER, PASS, and what a client may ask first. */
const loginLines = 16

export interface ListenerOptions {
  readonly host: string | undefined
  readonly port: number
  readonly jobs: JobTable
  readonly checkClientAddress: boolean
  /** Builds the session of a request; its failure refuses the login. */
  readonly openSession: (request: TransferRequest, control: ControlChannel) => Promise<Session>
  readonly log: Logger
}

export class Listener implements AsyncDisposable {
  readonly #server: BoundServer
  readonly #options: ListenerOptions
  readonly #sessions = new Set<Session>()

  private constructor(server: BoundServer, options: ListenerOptions) {
    this.#server = server
    this.#options = options
  }

  static async start(options: ListenerOptions): Promise<Listener> {
    const server = await BoundServer.listen({ ...options, connectionLimit })
    const listener = new Listener(server, options)
    server.serve((socket) => listener.#serve(socket))
    return listener
  }

  get address(): Address {
    return this.#server.address
  }

  /** Ends all sessions: a server that stops waits for nobody's data. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.#sessions) session.cut()
    await this.#server[Symbol.asyncDispose]()
  }

  async #serve(socket: Socket): Promise<void> {
    const control = new ControlChannel(socket)
    try {
      const ticket = await this.#login(socket, control)
      if (ticket) await this.#serveLoggedIn(ticket, control)
    } finally {
      control.end()
    }
  }

  async #serveLoggedIn(ticket: SessionTicket, control: ControlChannel): Promise<void> {
    try {
      const session = await this.#open(ticket.request, control)
      if (!session) return
      this.#sessions.add(session)
      try {
        await control.reply('230 Login successful')
        await session.run()
      } finally {
        this.#sessions.delete(session)
      }
    } finally {
      ticket.release()
    }
  }

  /** Undefined when refused; the reply has been sent then. */
  async #login(socket: Socket, control: ControlChannel): Promise<SessionTicket | undefined> {
    const timer = setTimeout(() => socket.destroy(), loginTimeoutMs)
    try {
      await control.reply(banner)
      const secret = await readPassword(control)
      if (!secret) return undefined
      return this.#options.jobs.claim(secret, (request) => {
        if (this.#options.checkClientAddress) assertClientAddress(request, control.peerAddress)
      })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      this.#options.log.warn('login refused', { from: control.peerAddress, reason: error.message })
      await control.reply(`${error.code} ${error.message}`)
      return undefined
    } finally {
      clearTimeout(timer)
    }
  }

  async #open(request: TransferRequest, control: ControlChannel): Promise<Session | undefined> {
    try {
      return await this.#options.openSession(request, control)
    } catch (error) {
      const reason = errorText(error)
      this.#options.log.warn('session refused', { user: request.user, reason, error })
      await control.reply(`530 Not logged in: ${reason}`)
      return undefined
    }
  }
}

/**
 * `USER anonymous`, then the password by PASS (or USER, as UFTPD allows). Undefined, after a reply:
 * no login. FTP clients ask for features and TLS before; that must not end their connection.
 */
async function readPassword(control: ControlChannel): Promise<Secret | undefined> {
  let named = false
  for (let count = 0; count < loginLines; count += 1) {
    const line = await control.nextLine()
    if (line === undefined || line === 'too-long') break
    const [, verb = '', argument = ''] = /^\s*(\S*)\s*(.*?)\s*$/s.exec(line.text)!
    const command = verb.toUpperCase()
    if (command === 'QUIT') {
      await control.reply('221 Goodbye')
      return undefined
    }
    if (command === 'USER' && !named) {
      if (argument.toLowerCase() !== 'anonymous') break
      named = true
      await control.reply('331 Please specify the password')
    } else if (command === 'PASS' || command === 'USER') {
      if (!named || argument === '') break
      return new Secret(argument)
    } else if (command !== '') {
      await control.reply(replyBeforeLogin(command))
    }
  }
  await control.reply('500 Protocol error')
  return undefined
}

function replyBeforeLogin(command: string): string {
  if (command === 'SYST') return systemReply
  if (command === 'FEAT') return featReply(stockFacts, defaultHash)
  if (command === 'AUTH') return '502 Command not implemented.'
  return '530 Please log in with USER and PASS'
}

function assertClientAddress(request: TransferRequest, address: string): void {
  const allowed = request.clientAddresses
  if (allowed === undefined) {
    throw new Refusal(500, "Error establishing connection: 'client-ip'")
  }
  if (allowed.map(plainAddress).includes(address)) return
  const list = allowed.map((item) => `'${item}'`).join(', ')
  throw new Refusal(
    500,
    `Error establishing connection: Rejecting connection for '${request.user}' from ${address}, ` +
      `allowed: [${list}]`,
  )
}
