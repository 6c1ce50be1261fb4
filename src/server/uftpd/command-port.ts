/**
 * The port at which the Auth server asks. One request per connection: `key=value` lines, a line
 * that starts with END, then our answer and the end. Requests are bounded in time and size; several
 * are served at a time; a peer that goes before END gets nothing and holds nothing up.
 */

import type { Socket } from 'node:net'
import type { Logger } from '../../support/logger.ts'
import { plainAddress } from '../addresses.ts'
import { BoundServer, type Address } from './bound-server.ts'
import { LineReader } from './line-reader.ts'
import { Refusal } from './refusal.ts'
import type { RequestFields } from './transfer-request.ts'

const requestTimeoutMs = 10_000
const lineLimit = 8192
const linesLimit = 200
const connectionLimit = 64

/** Answers one request; a Refusal becomes `ERROR::message`. */
export type RequestHandler = (fields: RequestFields) => Promise<string>

export class CommandPort implements AsyncDisposable {
  readonly #server: BoundServer
  readonly #handlers: ReadonlyMap<string, RequestHandler>
  readonly #log: Logger

  private constructor(
    server: BoundServer,
    handlers: ReadonlyMap<string, RequestHandler>,
    log: Logger,
  ) {
    this.#server = server
    this.#handlers = handlers
    this.#log = log
  }

  /** `handlers` by request type. */
  static async start(
    host: string | undefined,
    port: number,
    handlers: ReadonlyMap<string, RequestHandler>,
    log: Logger,
  ): Promise<CommandPort> {
    const server = await BoundServer.listen({ host, port, connectionLimit, log })
    const commandPort = new CommandPort(server, handlers, log)
    server.serve((socket) => commandPort.#serve(socket))
    return commandPort
  }

  get address(): Address {
    return this.#server.address
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]()
  }

  async #serve(socket: Socket): Promise<void> {
    const from = plainAddress(socket.remoteAddress ?? '')
    const timer = setTimeout(() => socket.destroy(), requestTimeoutMs)
    try {
      const answer = await this.#answer(socket)
      socket.end(answer.endsWith('\n') ? answer : `${answer}\n`)
    } catch (error) {
      this.#log.warn('command request failed', { from, error })
      socket.end('ERROR::Malformed request\n')
    } finally {
      clearTimeout(timer)
    }
  }

  async #answer(socket: Socket): Promise<string> {
    const fields = await readRequest(new LineReader(socket, lineLimit))
    const type = fields.get('request-type') ?? 'n/a'
    const handler = this.#handlers.get(type)
    if (!handler) {
      this.#log.warn('unsupported command request', { type })
      return `ERROR::Unsupported request type '${type}'`
    }
    try {
      return await handler(fields)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      this.#log.info('command request refused', { type, reason: error.message })
      return `ERROR::${error.message}`
    }
  }
}

/** The fields up to END; the last of equal keys wins, lines without `=` are ignored. */
async function readRequest(reader: LineReader): Promise<RequestFields> {
  const fields = new Map<string, string>()
  for (let count = 0; count < linesLimit; count += 1) {
    const line = await reader.next()
    if (line === undefined) throw new Error('connection closed before END')
    if (line === 'too-long') throw new Error('line too long')
    const text = line.text.trim()
    if (text.startsWith('END')) return fields
    const equals = text.indexOf('=')
    if (equals >= 0) fields.set(text.slice(0, equals), text.slice(equals + 1))
  }
  throw new Error('too many lines')
}
