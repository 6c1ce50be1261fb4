/**
 * A long way to a server on this machine: every connection to the proxy's port goes on to the
 * server's, through one link each way that all connections share.
 *
 * connect(2) itself returns at once, as the kernel answers it; but nothing that the client sends
 * leaves before the round trip is over that it would have taken.
 */

import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { Flow, Link } from './link.ts'
import { PassiveReplies } from './passive-replies.ts'

export interface ProxySettings {
  readonly server: { readonly host: string; readonly port: number }
  /** Where the proxy listens. */
  readonly host: string
  readonly rttMs: number
  readonly bytesPerSecond: number
  readonly windowBytes: number
  /** The server speaks FTP: its data connections take the same way. */
  readonly ftp: boolean
}

export class Proxy {
  readonly #settings: ProxySettings
  readonly #up: Link
  readonly #down: Link

  private constructor(settings: ProxySettings) {
    this.#settings = settings
    this.#up = new Link(settings.bytesPerSecond, settings.rttMs / 2)
    this.#down = new Link(settings.bytesPerSecond, settings.rttMs / 2)
  }

  /** Listens until the process ends; resolves with the proxy and its port. */
  static async start(settings: ProxySettings): Promise<{ proxy: Proxy; port: number }> {
    const proxy = new Proxy(settings)
    const { port } = await proxy.#listen((client) =>
      proxy.#carry(client, settings.server.port, settings.ftp),
    )
    return { proxy, port }
  }

  /** Bytes that went through so far. */
  get totals(): { readonly up: number; readonly down: number } {
    return { up: this.#up.sent, down: this.#down.sent }
  }

  async #listen(serve: (client: Socket, listener: Server) => void): Promise<{ port: number }> {
    // Half-open: the end of one direction is as late as its last byte.
    const listener = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true })
    listener.on('connection', (client) => serve(client, listener))
    return new Promise((resolve, reject) => {
      listener.once('error', reject)
      listener.listen(0, this.#settings.host, () => resolve(listener.address() as AddressInfo))
    })
  }

  #openPassive = async (serverPort: number): Promise<number> => {
    const { port } = await this.#listen((client, listener) => {
      listener.close()
      this.#carry(client, serverPort, false)
    })
    return port
  }

  #carry(client: Socket, port: number, isControl: boolean): void {
    const { rttMs, server, windowBytes } = this.#settings
    const openAtMs = performance.now() + rttMs
    const replies = isControl
      ? new PassiveReplies(this.#settings.host, this.#openPassive)
      : undefined
    client.on('error', () => client.destroy())
    setTimeout(() => {
      if (client.destroyed) return
      const far = connect({ host: server.host, port, allowHalfOpen: true, noDelay: true })
      far.on('error', () => far.destroy())
      far.once('close', () => setTimeout(() => client.destroySoon(), rttMs))
      client.once('close', () => setTimeout(() => far.destroySoon(), rttMs))
      pump(client, far, { link: this.#up, windowBytes, openAtMs })
      pump(far, client, { link: this.#down, windowBytes, openAtMs: 0 }, replies)
    }, rttMs / 2)
  }
}

interface Way {
  readonly link: Link
  readonly windowBytes: number
  readonly openAtMs: number
}

function pump(from: Socket, to: Socket, way: Way, replies?: PassiveReplies): void {
  const flow = new Flow({
    ...way,
    deliver: (piece, taken) => {
      if (to.destroyed || !to.writable) taken()
      else if (piece) to.write(piece, taken)
      else to.end()
    },
    resume: () => from.resume(),
  })
  const push = (piece: Buffer | null): void => {
    if (!flow.push(piece)) from.pause()
  }
  if (replies) {
    // One after another: a port is open before the reply that names it goes on.
    let tail = Promise.resolve()
    const later = (work: () => Promise<void>): void => {
      tail = tail.then(work, () => void from.destroy())
    }
    from.on('data', (piece) => later(async () => push(await replies.translate(piece))))
    from.once('end', () =>
      later(async () => {
        push(replies.finish())
        push(null)
      }),
    )
  } else {
    from.on('data', push)
    from.once('end', () => push(null))
  }
  from.resume()
}
