/**
 * Speaks to an FTP server in lines and bytes, knowing as little as possible: a test says what is
 * sent and sees what comes back.
 */

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** A reply as it came: all its lines, the codes and line ends included. */
export interface RawReply {
  readonly code: number
  readonly text: string
}

export class RawFtpClient implements AsyncDisposable {
  readonly control: Socket
  #received = ''
  #ended = false
  #wake: (() => void) | undefined

  private constructor(control: Socket) {
    this.control = control
    control.setEncoding('latin1')
    control.on('data', (text: string) => {
      this.#received += text
      this.#wake?.()
    })
    const end = (): void => {
      this.#ended = true
      this.#wake?.()
    }
    control.on('end', end)
    control.on('error', end)
    control.on('close', end)
  }

  static async connect(port: number, host = '127.0.0.1'): Promise<RawFtpClient> {
    const socket = connect({ port, host, noDelay: true, allowHalfOpen: true })
    await once(socket, 'connect')
    return new RawFtpClient(socket)
  }

  /** Connects, reads the banner and logs in. */
  static async login(port: number, password: string, host?: string): Promise<RawFtpClient> {
    const client = await RawFtpClient.connect(port, host)
    await client.reply()
    await client.command('USER anonymous')
    const { code, text } = await client.command(`PASS ${password}`)
    if (code !== 230) throw new Error(`login failed: ${text}`)
    return client
  }

  /** Sends bytes as they are. */
  send(text: string | Buffer): void {
    this.control.write(text)
  }

  async command(line: string): Promise<RawReply> {
    this.send(`${line}\r\n`)
    return this.reply()
  }

  /** Several commands in one packet, and all their replies. */
  async pipeline(lines: readonly string[], replies = lines.length): Promise<RawReply[]> {
    this.send(lines.map((line) => `${line}\r\n`).join(''))
    const all: RawReply[] = []
    for (let count = 0; count < replies; count += 1) all.push(await this.reply())
    return all
  }

  /** The next complete reply, UTF-8 decoded; rejects when the connection ends before. */
  async reply(): Promise<RawReply> {
    for (;;) {
      const end = replyEnd(this.#received)
      if (end > 0) {
        const text = Buffer.from(this.#received.slice(0, end), 'latin1').toString('utf8')
        this.#received = this.#received.slice(end)
        return { code: Number(text.slice(0, 3)), text }
      }
      if (this.#ended) throw new Error(`connection ended, pending: ${this.#received}`)
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  /** Waits for the server's end; what came before it and is no complete reply. */
  async end(): Promise<string> {
    while (!this.#ended) await new Promise<void>((resolve) => (this.#wake = resolve))
    return this.#received
  }

  /** EPSV and a data connection to the port it tells. */
  async openData(): Promise<RawData> {
    const { text } = await this.command('EPSV')
    const port = Number(/\|\|\|(\d+)\|/.exec(text)?.[1])
    return RawData.connect(port, this.control.remoteAddress)
  }

  /** RETR, MLSD and the like: bytes of a whole data connection, and the final reply. */
  async fetch(line: string): Promise<{ readonly data: Buffer; readonly reply: RawReply }> {
    const data = await this.openData()
    const first = await this.command(line)
    if (first.code !== 150) {
      data.destroy()
      return { data: Buffer.alloc(0), reply: first }
    }
    const [bytes, reply] = await Promise.all([data.readToEnd(), this.reply()])
    return { data: bytes, reply }
  }

  /** STOR and the like. */
  async store(line: string, content: string | Buffer): Promise<RawReply> {
    const data = await this.openData()
    const first = await this.command(line)
    if (first.code !== 150) {
      data.destroy()
      return first
    }
    data.end(content)
    return this.reply()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.control.destroy()
  }
}

/** A data connection. */
export class RawData {
  readonly socket: Socket
  #chunks: Buffer[] = []
  #length = 0
  #ended = false
  #wake: (() => void) | undefined

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk)
      this.#length += chunk.length
      this.#wake?.()
    })
    const end = (): void => {
      this.#ended = true
      this.#wake?.()
    }
    socket.on('end', end)
    socket.on('error', end)
    socket.on('close', end)
  }

  static async connect(port: number, host = '127.0.0.1'): Promise<RawData> {
    const socket = connect({ port, host })
    await once(socket, 'connect')
    return new RawData(socket)
  }

  async read(length: number): Promise<Buffer> {
    while (this.#length < length && !this.#ended) await this.#more()
    if (this.#length < length) throw new Error(`data ended after ${this.#length} of ${length}`)
    const all = Buffer.concat(this.#chunks)
    this.#chunks = [all.subarray(length)]
    this.#length -= length
    return all.subarray(0, length)
  }

  async readToEnd(): Promise<Buffer> {
    while (!this.#ended) await this.#more()
    return Buffer.concat(this.#chunks)
  }

  get ended(): boolean {
    return this.#ended
  }

  write(content: string | Buffer): void {
    this.socket.write(content)
  }

  end(content: string | Buffer = ''): void {
    this.socket.end(content)
  }

  destroy(): void {
    this.socket.destroy()
  }

  async #more(): Promise<void> {
    await new Promise<void>((resolve) => (this.#wake = resolve))
  }
}

/** Length of the first complete reply in `text`, or 0. */
function replyEnd(text: string): number {
  const code = /^(\d{3})([ -])/.exec(text)
  if (!code) return 0
  let start = 0
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
    const line = text.slice(start, end)
    start = end + 1
    if (code[2] === ' ' || line.startsWith(`${code[1]} `)) return start
  }
  return 0
}

/** One request to a command port; the complete answer. */
export async function askCommandPort(port: number, request: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.end(request)
  let answer = ''
  for await (const chunk of socket) answer += String(chunk)
  return answer
}
