/**
 * Ports that wait for one data connection each: from PORT_RANGE or any free one, on the address at
 * which the client reached us, for 30 s, and only from the address of the control connection.
 */

import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { deferred } from '../../support/deferred.ts'
import { isErrno } from '../../support/errno-error.ts'
import type { Logger } from '../../support/logger.ts'
import { plainAddress } from '../addresses.ts'
import { DataConnection } from './data-connection.ts'
import { Refusal } from './refusal.ts'

const acceptTimeoutMs = 30_000

export interface PortRange {
  readonly lower: number
  /** Inclusive. */
  readonly upper: number
}

export interface PassivePort {
  readonly port: number
  /** Rejects with a Refusal when nobody has connected in time or the port was closed. */
  readonly connection: Promise<DataConnection>
  close(): void
}

export class PassivePorts {
  readonly #range: PortRange | undefined
  readonly #log: Logger

  constructor(range: PortRange | undefined, log: Logger) {
    this.#range = range
    this.#log = log
  }

  async open(localAddress: string, peerAddress: string): Promise<PassivePort> {
    const server = createServer({ allowHalfOpen: true, noDelay: true })
    await this.#listen(server, localAddress)
    const { port } = server.address() as AddressInfo
    const connected = deferred<DataConnection>()
    // The port may be given up before anybody asks for its connection.
    connected.promise.catch(() => undefined)
    const close = (): void => {
      clearTimeout(timer)
      server.close()
      connected.reject(new Refusal(425, 'No data connection'))
    }
    const timer = setTimeout(close, acceptTimeoutMs)
    server.on('connection', (socket: Socket) => {
      const from = plainAddress(socket.remoteAddress ?? '')
      if (from !== peerAddress) {
        this.#log.warn('data connection from unexpected address refused', { from, peerAddress })
        socket.destroy()
        return
      }
      connected.resolve(new DataConnection(socket))
      close()
    })
    return { port, connection: connected.promise, close }
  }

  async #listen(server: Server, host: string): Promise<void> {
    if (!this.#range) return listen(server, host, 0)
    const { lower, upper } = this.#range
    const count = upper - lower + 1
    // A random start: a client's late packets for the last port must not meet the next one.
    const first = randomInt(count)
    for (let step = 0; step < count; step += 1) {
      try {
        return await listen(server, host, lower + ((first + step) % count))
      } catch (error) {
        if (!isErrno(error, 'EADDRINUSE', 'EACCES')) throw error
      }
    }
    throw new Refusal(
      500,
      `Cannot set up data connection - no free ports in range ${lower}:${upper}`,
    )
  }
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  server.listen({ host, port, backlog: 4 })
  await once(server, 'listening')
}
