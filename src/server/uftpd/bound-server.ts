/**
 * A listening TCP socket with a bounded number of connections, each served by one call that the
 * server waits for when it is disposed of.
 */

import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { Logger } from '../../support/logger.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

export interface BoundServerOptions {
  /** undefined: all interfaces, IPv6 and IPv4. */
  readonly host: string | undefined
  readonly port: number
  readonly connectionLimit: number
  readonly log: Logger
}

export class BoundServer implements AsyncDisposable {
  readonly #server: Server
  readonly #log: Logger
  readonly #sockets = new Set<Socket>()
  readonly #serving = new Set<Promise<void>>()

  private constructor(server: Server, log: Logger) {
    this.#server = server
    this.#log = log
  }

  static async listen(options: BoundServerOptions): Promise<BoundServer> {
    // allowHalfOpen: a client may end its side and still wants our replies.
    const server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true })
    server.maxConnections = options.connectionLimit
    // Probes after 5 s of silence: peers that have vanished are noticed (stock does the same).
    server.on('connection', (socket: Socket) => socket.setKeepAlive(true, 5000))
    server.on('drop', () => options.log.warn('connection refused: too many'))
    server.listen({ port: options.port, ...(options.host ? { host: options.host } : {}) })
    await once(server, 'listening')
    return new BoundServer(server, options.log)
  }

  get address(): Address {
    const { address, port } = this.#server.address() as AddressInfo
    return { host: address, port }
  }

  /** Calls `body` for every connection; the socket is destroyed some time after it has ended. */
  serve(body: (socket: Socket) => Promise<void>): void {
    this.#server.on('error', (error) => this.#log.error('listening socket failed', { error }))
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
      // A reset by the peer shows as end of input and failing writes: nothing more to do with it.
      socket.on('error', (error) => this.#log.debug('connection failed', { error }))
      const serving = this.#run(socket, body)
      this.#serving.add(serving)
      void serving.finally(() => this.#serving.delete(serving))
    })
  }

  /** Stops listening, cuts all connections and waits until their serving has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await Promise.all(this.#serving)
  }

  async #run(socket: Socket, body: (socket: Socket) => Promise<void>): Promise<void> {
    try {
      await body(socket)
    } catch (error) {
      this.#log.error('connection ended by an unexpected error', { error })
    }
    if (!socket.destroyed) {
      socket.end()
      // The peer has this long to take the last reply and end.
      socket.setTimeout(10_000, () => socket.destroy())
      socket.resume()
    }
  }
}
