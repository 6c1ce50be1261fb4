/**
 * A relay in front of a stock UFTPD that passes on one command at a time and notes what the server
 * does about it. Used only to make the fixture.
 */

import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { isFinalReply, Placeholders, type Exchange } from './conversation.ts'

/** For bytes that follow a final reply on the data connection. */
const drainMs = 30

export class RecordingRelay {
  readonly exchanges: Exchange[] = []
  readonly #target: { host: string; port: number }
  readonly #server = createServer((client) => {
    this.#relaying = this.#relay(client)
  })
  readonly #placeholders = new Placeholders()
  #relaying: Promise<void> = Promise.resolve()
  #sent = ''
  #received = ''
  #closes = false

  constructor(target: { host: string; port: number }) {
    this.#target = target
  }

  async start(): Promise<number> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return (this.#server.address() as AddressInfo).port
  }

  /** Waits until everything is noted. */
  async stop(): Promise<void> {
    this.#server.close()
    await this.#relaying
  }

  async #relay(client: Socket): Promise<void> {
    const server = connect(this.#target)
    client.setNoDelay(true)
    server.setNoDelay(true)
    const replies = createInterface({ input: server })[Symbol.asyncIterator]()
    await this.#exchange('', client, replies)
    for await (const line of createInterface({ input: client })) {
      if (line === '') continue
      server.write(`${line}\r\n`)
      if (line === 'QUIT') break
      await this.#exchange(this.#placeholders.generic(line), client, replies)
    }
    server.end()
  }

  async #exchange(command: string, client: Socket, replies: AsyncIterator<string>): Promise<void> {
    this.#sent = ''
    this.#closes = false
    if (command === 'EPSV') this.#received = ''
    let text = ''
    for (;;) {
      const { value, done } = await replies.next()
      if (done) break
      const port = /\(\|\|\|(\d+)\|\)/.exec(value)?.[1]
      const passed = port ? value.replace(port, String(await this.#relayData(Number(port)))) : value
      text += `${port ? value.replace(port, 'PORT') : value}\n`
      client.write(`${passed}\n`)
      if (isFinalReply(value)) break
    }
    await delay(drainMs)
    this.exchanges.push({
      command,
      replies: this.#placeholders.genericReply(text),
      ...(this.#sent === '' ? {} : { sent: this.#sent }),
      ...(command.startsWith('STOR') ? this.#takeReceived() : {}),
      // EPSV closes the connection before: no need to note it.
      ...(this.#closes && command !== 'EPSV' ? { closes: true } : {}),
    })
  }

  /** The client sends with the command or before: it counts for the STOR. */
  #takeReceived(): { received?: string } {
    const received = this.#received
    this.#received = ''
    return received === '' ? {} : { received }
  }

  async #relayData(port: number): Promise<number> {
    const listener = createServer((client) => {
      listener.close()
      const server = connect(port, this.#target.host)
      client.on('data', (bytes: Buffer) => {
        this.#received += bytes.toString('latin1')
        server.write(bytes)
      })
      server.on('data', (bytes: Buffer) => {
        this.#sent += bytes.toString('latin1')
        client.write(bytes)
      })
      server.on('end', () => (this.#closes = true))
      server.on('close', () => client.end())
      client.on('close', () => server.destroy())
      client.on('error', () => {})
      server.on('error', () => {})
    })
    listener.listen(0, '127.0.0.1')
    await once(listener, 'listening')
    return (listener.address() as AddressInfo).port
  }
}
