/** Plays the server's part of a recorded conversation: the same command, the same bytes. */

import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { Placeholders, type Exchange } from './conversation.ts'

export class ReplayServer implements AsyncDisposable {
  /** Commands that were not recorded. */
  readonly strangers: string[] = []
  readonly #exchanges: readonly Exchange[]
  readonly #used = new Set<Exchange>()
  readonly #server = createServer((client) => void this.#serve(client))
  #data: Promise<Socket> | undefined

  static async start(exchanges: readonly Exchange[]): Promise<ReplayServer> {
    const replay = new ReplayServer(exchanges)
    replay.#server.listen(0, '127.0.0.1')
    await once(replay.#server, 'listening')
    return replay
  }

  private constructor(exchanges: readonly Exchange[]) {
    this.#exchanges = exchanges
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Recorded commands that never came. */
  get unused(): readonly string[] {
    return this.#exchanges
      .filter((exchange) => !this.#used.has(exchange))
      .map(({ command }) => command)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #serve(client: Socket): Promise<void> {
    client.setNoDelay(true)
    client.on('error', () => {})
    const placeholders = new Placeholders()
    const answer = async (line: string): Promise<void> => {
      const command = placeholders.generic(line)
      const exchange = this.#exchanges.find(
        (one) => one.command === command && !this.#used.has(one),
      )
      if (!exchange) {
        this.strangers.push(command)
        client.destroy()
        return
      }
      this.#used.add(exchange)
      const port = exchange.replies.includes('PORT') ? await this.#listen() : 0
      const replies = placeholders.specific(exchange.replies).replace('PORT', String(port))
      const afterFirst = exchange.received === undefined ? 0 : replies.indexOf('\n') + 1
      // Byte by byte, as unkind as TCP can be.
      for (const byte of Buffer.from(replies.slice(0, afterFirst))) client.write(Buffer.of(byte))
      await this.#transfer(exchange)
      for (const byte of Buffer.from(replies.slice(afterFirst))) client.write(Buffer.of(byte))
    }
    await answer('')
    for await (const line of createInterface({ input: client })) {
      if (line === 'QUIT') break
      if (line !== '') await answer(line)
    }
    client.end()
  }

  async #listen(): Promise<number> {
    const listener = createServer()
    listener.listen(0, '127.0.0.1')
    await once(listener, 'listening')
    void this.#data?.then((old) => old.end())
    this.#data = once(listener, 'connection').then(([socket]) => {
      listener.close()
      ;(socket as Socket).on('error', () => {})
      return socket as Socket
    })
    return (listener.address() as AddressInfo).port
  }

  async #transfer({ sent, received, closes }: Exchange): Promise<void> {
    if (sent === undefined && received === undefined && !closes) return
    const data = await this.#data!
    if (sent !== undefined) data.write(Buffer.from(sent, 'latin1'))
    if (received !== undefined) {
      const bytes = await readBytes(data, received.length)
      if (bytes && bytes.toString('latin1') !== received)
        this.strangers.push(`data ${bytes.toString()}`)
    }
    if (closes) data.end()
  }
}

/** Undefined if the client gives the connection up, as it does after a refusal. */
async function readBytes(data: Socket, length: number): Promise<Buffer | undefined> {
  const closed = once(data, 'close').then(() => true)
  for (;;) {
    const bytes = data.read(length) as Buffer | null
    if (bytes) return bytes
    const isClosed = await Promise.race([once(data, 'readable').then(() => false), closed])
    if (isClosed || data.destroyed) return undefined
  }
}
