/**
 * One control connection: a queue of commands whose replies come in the same order. Several callers
 * may use it at once; what is given to one `send` leaves in one packet and nothing comes between.
 *
 * Stock UFTPD writes each line of a reply on its own and leaves Nagle's algorithm on: the second line
 * waits for the acknowledgement of the first, which our kernel delays by 40 ms. An empty line, which
 * the server ignores, carries the acknowledgement at once, so one is sent whenever something has come
 * and more is due (the nudge), unless the server says that it writes replies whole.
 *
 * A refused command is a normal reply. Whatever breaks the order (EOF, an error, a malformed reply,
 * silence) ends the connection: every pending and later command rejects with ConnectionLost.
 */

import { connect, type Socket } from 'node:net'
import { deferred, type Deferred } from '../support/deferred.ts'
import type { Logger } from '../support/logger.ts'
import { ConnectionLost } from './connection-lost.ts'
import { connectionLost } from './reply-errno.ts'
import type { RoundTrip } from './round-trip.ts'
import type { Command } from './wire/commands.ts'
import { LineReader, ReplyReader, type Reply } from './wire/reply-reader.ts'

export interface ControlOptions {
  readonly host: string
  readonly port: number
  /** Silence while something is due, or while connecting, ends the connection after this time. */
  readonly silenceMs: number
  /** Learns how long answers take. */
  readonly roundTrip: RoundTrip
  readonly log: Logger
  readonly signal?: AbortSignal | undefined
}

/** Both ends of the connection, for opening data connections beside it. */
export interface Endpoints {
  readonly peerAddress: string
  readonly ownAddress: string
}

interface Pending {
  readonly command: Command | undefined
  readonly reply: Deferred<Reply>
}

/** An answer to SYN that takes longer does not come. */
const connectMs = 20_000
/** The server goes away at once after QUIT; a bound for servers that do not. */
const quitMs = 2_000
/** Replies are mostly shorter; Node would allocate as much for each piece that comes. */
const receivedBytes = 64 * 1024

export class ControlConnection {
  /** Empty lines are refused before login, and some servers need none after it. */
  mayNudge = false
  readonly #host: string
  readonly #socket: Socket
  readonly #log: Logger
  readonly silenceMs: number
  readonly #lines = new LineReader()
  readonly #replies = new ReplyReader()
  readonly #pending: Pending[] = []
  /** Commands of this turn, which leave in one packet. */
  #unsent = ''
  readonly #lost: Deferred<ConnectionLost> = deferred<ConnectionLost>()
  #cause: ConnectionLost | undefined
  readonly #roundTrip: RoundTrip
  /** Notes that the answer to what was sent last has begun. */
  #answered: (() => void) | undefined
  #progressed = false
  #watch: NodeJS.Timeout | undefined

  static async connect(options: ControlOptions): Promise<ControlConnection> {
    const { host, port, silenceMs, signal } = options
    signal?.throwIfAborted()
    const connection = new ControlConnection(options)
    const socket = connection.#socket
    const opened = deferred()
    const giveUp = (): void => opened.reject(signal!.reason)
    const waitMs = Math.min(connectMs, silenceMs)
    const timer = setTimeout(
      () => opened.reject(new ConnectionLost(`no answer from ${host}:${port} in ${waitMs} ms`)),
      waitMs,
    )
    socket.once('connect', () => opened.resolve())
    socket.once('error', (error) =>
      opened.reject(connectionLost(`connect to ${host}:${port}`, error)),
    )
    signal?.addEventListener('abort', giveUp, { once: true })
    try {
      await opened.promise
      return connection
    } catch (error) {
      socket.destroy()
      throw error
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', giveUp)
    }
  }

  private constructor({ host, port, silenceMs, roundTrip, log }: ControlOptions) {
    this.#host = host
    this.#log = log
    this.#roundTrip = roundTrip
    this.silenceMs = silenceMs
    const received = Buffer.allocUnsafeSlow(receivedBytes)
    this.#socket = connect({
      host,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 5_000,
      onread: {
        buffer: received,
        callback: (length) => this.#receive(received.subarray(0, length)),
      },
    })
    this.#socket.on('error', (error) => this.#fail(connectionLost('control connection', error)))
    this.#socket.on('close', () =>
      this.#fail(new ConnectionLost('the server closed the control connection')),
    )
  }

  get endpoints(): Endpoints {
    const { remoteAddress, localAddress } = this.#socket
    return { peerAddress: remoteAddress ?? this.#host, ownAddress: localAddress ?? '' }
  }

  /** Resolves with the reason once the connection has ended; never rejects. */
  get lost(): Promise<ConnectionLost> {
    return this.#lost.promise
  }

  /** The server's greeting, which no command asks for. */
  greeting(): Promise<Reply> {
    return this.#expect(undefined)
  }

  /**
   * Sends commands in one packet and gives the promise of each final reply. Promises that nobody
   * awaits are harmless.
   */
  send(commands: readonly Command[]): Promise<Reply>[] {
    const isFree = this.#pending.length === 0
    const replies = commands.map((command) => this.#expect(command))
    if (!this.#cause) {
      for (const { shown } of commands) this.#log.debug('command', { command: shown })
      if (isFree) this.#answered = this.#roundTrip.begin()
      if (this.#unsent === '') process.nextTick(() => this.#flush())
      for (const { line } of commands) this.#unsent += `${line}\r\n`
    }
    return replies
  }

  /** Bytes went over the data connection: the server is not silent. */
  noteProgress(): void {
    this.#progressed = true
  }

  /** Ends the connection, because what it says makes no sense or takes too long. */
  abandon(reason: ConnectionLost): void {
    this.#fail(reason)
  }

  /** Says goodbye and waits for the end, within a bound. Idempotent. */
  async close(): Promise<void> {
    if (this.#cause) return
    const timer = setTimeout(() => this.#fail(new ConnectionLost('closed')), quitMs)
    this.#socket.end(`${this.#unsent}QUIT\r\n`)
    this.#unsent = ''
    await this.#lost.promise
    clearTimeout(timer)
  }

  #expect(command: Command | undefined): Promise<Reply> {
    const reply = deferred<Reply>()
    reply.promise.catch(() => {})
    if (this.#cause) {
      const detail = `${command?.shown ?? 'greeting'} (${this.#cause.message})`
      reply.reject(new ConnectionLost(detail, { cause: this.#cause }))
    } else {
      if (this.#pending.length === 0) this.#progressed = true
      this.#pending.push({ command, reply })
      this.#startWatch()
    }
    return reply.promise
  }

  #flush(): void {
    if (this.#unsent === '' || this.#cause) return
    this.#socket.write(this.#unsent)
    this.#unsent = ''
  }

  #receive(chunk: Buffer): boolean {
    this.#progressed = true
    this.#answered?.()
    this.#answered = undefined
    try {
      for (const line of this.#lines.push(chunk)) this.#take(line)
    } catch (error) {
      this.#fail(new ConnectionLost('the server broke the protocol', { cause: error }))
    }
    if (this.mayNudge && this.#pending.length > 0 && !this.#cause) this.#socket.write('\r\n')
    return true
  }

  #take(line: string): void {
    const head = this.#pending[0]
    if (!head && line.startsWith('221')) return // the goodbye after QUIT
    const reply = this.#replies.push(line, head?.command?.marker)
    if (!reply) return
    if (!head) throw new ConnectionLost(`an unexpected reply ${reply.code} ${reply.text}`)
    this.#log.debug('reply', { code: reply.code, text: reply.text, lines: reply.lines.length })
    if (reply.code < 200 && head.command?.spec.transfers) {
      head.command.onPreliminary?.(reply)
      return
    }
    this.#pending.shift()
    head.reply.resolve(reply)
  }

  #fail(cause: ConnectionLost): void {
    if (this.#cause) return
    this.#cause = cause
    clearInterval(this.#watch)
    this.#socket.destroy()
    for (const { command, reply } of this.#pending.splice(0)) {
      reply.reject(
        new ConnectionLost(`${command?.shown ?? 'greeting'} (${cause.message})`, { cause }),
      )
    }
    this.#lost.resolve(cause)
  }

  /** Looks once in a while whether anything moved; a timer per command would cost more than it. */
  #startWatch(): void {
    if (this.#watch) return
    this.#watch = setInterval(() => {
      if (this.#pending.length === 0) {
        clearInterval(this.#watch)
        this.#watch = undefined
      } else if (!this.#progressed) {
        this.#fail(new ConnectionLost(`no sign of the server for ${this.silenceMs} ms`))
      }
      this.#progressed = false
    }, this.silenceMs / 2)
    this.#watch.unref()
  }
}
