/**
 * A relay in front of a listen port whose connections a test can cut, watch and falsify. Data
 * connections do not pass through it: the client opens them to the ports that the server names, on
 * the same host.
 */

import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

export class CuttingProxy implements AsyncDisposable {
  readonly #server: Server
  readonly #open = new Set<Socket>()
  /** Connections accepted so far. */
  accepted = 0
  /** Called with each piece that a client sends, before it is passed on; false: cut instead. */
  onClientData: (text: string) => boolean = () => true
  /** What a client gets instead of a piece that the server sends. */
  onServerData: (text: string) => string = (text) => text

  static async start(target: { host: string; port: number }): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(target)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  private constructor(target: { host: string; port: number }) {
    this.#server = createServer((client) => this.#relay(client, connect(target)))
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Cuts every open connection. */
  readonly cut = (): void => {
    for (const socket of this.#open) socket.destroy()
  }

  /** Cuts all connections once, when a client is about to send what matches; tells whether it has. */
  readonly cutBefore = (pattern: RegExp): (() => boolean) => {
    let isCut = false
    this.onClientData = (text) => {
      if (isCut || !pattern.test(text)) return true
      isCut = true
      return false
    }
    return () => isCut
  }

  /** Cuts once, after the server has been given what matches. */
  readonly cutBehind = (pattern: RegExp): (() => boolean) => {
    let isCut = false
    this.onClientData = (text) => {
      if (!isCut && pattern.test(text)) {
        isCut = true
        setImmediate(() => this.cut())
      }
      return true
    }
    return () => isCut
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #relay(client: Socket, server: Socket): void {
    this.accepted += 1
    client.setNoDelay(true)
    server.setNoDelay(true)
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#open.add(from)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        this.#open.delete(from)
        to.destroy()
      })
    }
    client.on('data', (bytes) => {
      if (this.onClientData(bytes.toString('latin1'))) server.write(bytes)
      else this.cut()
    })
    server.on('data', (bytes) =>
      client.write(this.onServerData(bytes.toString('latin1')), 'latin1'),
    )
  }
}

/** A server's text, FEAT without the lines that match. */
export function withoutFeatures(text: string, feature: RegExp): string {
  if (!text.startsWith('211-Features')) return text
  const lines = text.split('\r\n')
  return lines.filter((line) => !feature.test(line)).join('\r\n')
}
