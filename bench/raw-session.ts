/**
 * The least client that can move bytes over UFTP: what a transfer costs without us. Reads go to
 * nothing, writes come from one buffer.
 */

import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'

const pieceBytes = 1024 * 1024
const silenceMaxMs = 60_000

export class RawSession implements Disposable {
  readonly #control: Socket
  readonly #host: string
  readonly #replies: AsyncIterator<string>

  private constructor(host: string, control: Socket) {
    this.#host = host
    this.#control = control
    this.#replies = createInterface({ input: control })[Symbol.asyncIterator]()
  }

  /** Logs in at `HOST:PORT` with a one-time password. */
  static async login(address: string, password: string): Promise<RawSession> {
    const colon = address.lastIndexOf(':')
    const host = address.slice(0, colon)
    const control = connect(Number(address.slice(colon + 1)), host).setNoDelay()
    await once(control, 'connect')
    control.setTimeout(silenceMaxMs, () => control.destroy())
    const session = new RawSession(host, control)
    await session.#expect('220')
    await session.#command('USER anonymous', '331')
    await session.#command(`PASS ${password}`, '230')
    return session
  }

  /** Seconds that reading the whole file takes. */
  async read(path: string, size: number): Promise<number> {
    const buffer = Buffer.allocUnsafe(pieceBytes)
    let received = 0
    const onread = { buffer, callback: (length: number) => ((received += length), true) }
    const data = await this.#openData(onread)
    const start = performance.now()
    const closed = once(data, 'close')
    await this.#command(`RETR ${path}`, '150')
    await closed
    await this.#expect('226')
    if (received !== size) throw new Error(`received ${received} of ${size} bytes`)
    return (performance.now() - start) / 1000
  }

  /** Seconds that writing `size` bytes into a new file takes. */
  async write(path: string, size: number): Promise<number> {
    const piece = Buffer.alloc(pieceBytes)
    const data = await this.#openData()
    const start = performance.now()
    await this.#command(`STOR ${path}`, '150')
    for (let sent = 0; sent < size; sent += piece.length) {
      if (!data.write(piece)) await once(data, 'drain')
    }
    data.end()
    await this.#expect('226')
    return (performance.now() - start) / 1000
  }

  [Symbol.dispose](): void {
    this.#control.destroy()
  }

  async #openData(onread?: {
    buffer: Buffer
    callback: (length: number) => boolean
  }): Promise<Socket> {
    const reply = await this.#command('EPSV', '229')
    const port = Number(/\|\|\|(\d+)\|/.exec(reply)?.[1])
    const data = connect({ host: this.#host, port, ...(onread && { onread }) })
    await once(data, 'connect')
    return data
  }

  async #command(line: string, code: string): Promise<string> {
    this.#control.write(`${line}\r\n`)
    return this.#expect(code)
  }

  async #expect(code: string): Promise<string> {
    const { value, done } = await this.#replies.next()
    const reply: string = done ? 'connection closed' : value
    if (!reply.startsWith(code)) throw new Error(`expected ${code}: ${reply}`)
    return reply
  }
}
