/**
 * The control connection of one client: lines in, replies out. Every reply ends by CRLF, is written
 * whole, and waits while the client does not read. Those to commands that have come together, as far
 * as they are ready together, share one write: each costs as much as a command. Replies to a client
 * that is gone are dropped.
 */

import type { Socket } from 'node:net'
import { deferred } from '../../support/deferred.ts'
import { encodeName } from '../../support/name-bytes.ts'
import { plainAddress } from '../addresses.ts'
import { LineReader, type Line } from './line-reader.ts'

/** Two paths of PATH_MAX, 4096, with every byte escaped fit in. Stock reads 8192 at most at a time. */
export const lineLimit = 32_768
/** Of replies that wait for others. */
const heldCharacters = 32_768

export class ControlChannel {
  /** Of the client, IPv4 as such. */
  readonly peerAddress: string
  /** Where the client reached us. */
  readonly localAddress: string
  readonly #socket: Socket
  readonly #reader: LineReader
  /** Replies that wait for others, at most until this turn of the event loop ends. */
  #held = ''
  #release: NodeJS.Immediate | undefined

  constructor(socket: Socket) {
    this.#socket = socket
    this.#reader = new LineReader(socket, lineLimit)
    this.peerAddress = plainAddress(socket.remoteAddress ?? '')
    this.localAddress = plainAddress(socket.localAddress ?? '')
  }

  /** Calls back once when the client has ended its side or is gone. */
  onEnd(listener: () => void): void {
    this.#socket.once('end', listener)
    this.#socket.once('close', listener)
  }

  /** The client has gone altogether: nobody reads replies. */
  get gone(): boolean {
    return !this.#socket.writable
  }

  /** The next line is here already. */
  get hasLine(): boolean {
    return this.#reader.ready
  }

  nextLine(): Promise<Line | undefined> {
    return this.#reader.next()
  }

  /** `text` without its last line end; lines inside are parted by LF. */
  async reply(text: string): Promise<void> {
    if (this.hasLine) await this.replySoon(text)
    else await this.writeLines(`${text}\n`)
  }

  /** As `reply`, of what another reply may follow at once. */
  async replySoon(text: string): Promise<void> {
    const characters = this.#held.length + text.length
    if (characters >= heldCharacters || this.#socket.writableNeedDrain) {
      await this.writeLines(`${text}\n`)
      return
    }
    this.#held += `${text}\n`
    this.#release ??= setImmediate(() => this.#send())
  }

  /** Part of a long multi-line reply; each line ends by LF here and CRLF on the wire. */
  async writeLines(lines: string): Promise<void> {
    this.#held += lines
    if (this.#send()) return
    const drained = deferred()
    this.#socket.once('drain', drained.resolve)
    this.#socket.once('close', drained.resolve)
    await drained.promise
    this.#socket.off('drain', drained.resolve)
    this.#socket.off('close', drained.resolve)
  }

  /** Ends after what has been written. */
  end(): void {
    this.#send()
    this.#socket.end()
  }

  /** What is held; false when the client has to read first. */
  #send(): boolean {
    clearImmediate(this.#release)
    this.#release = undefined
    const lines = this.#held
    this.#held = ''
    if (lines === '' || !this.#socket.writable) return true
    return this.#socket.write(encodeName(lines.replaceAll('\n', '\r\n')))
  }
}
