/**
 * The control connection of one client: lines in, replies out. Every reply is one write, ends by
 * CRLF, and waits while the client does not read. Replies to a client that is gone are dropped.
 */

import type { Socket } from 'node:net'
import { deferred } from '../../support/deferred.ts'
import { encodeName } from '../../support/name-bytes.ts'
import { plainAddress } from '../addresses.ts'
import { LineReader, type Line } from './line-reader.ts'

/** Two paths of PATH_MAX, 4096, with every byte escaped fit in. Stock reads 8192 at most at a time. */
export const lineLimit = 32_768

export class ControlChannel {
  /** Of the client, IPv4 as such. */
  readonly peerAddress: string
  /** Where the client reached us. */
  readonly localAddress: string
  readonly #socket: Socket
  readonly #reader: LineReader

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

  nextLine(): Promise<Line | undefined> {
    return this.#reader.next()
  }

  /** `text` without its last line end; lines inside are parted by LF. */
  async reply(text: string): Promise<void> {
    await this.writeLines(`${text}\n`)
  }

  /** Part of a long multi-line reply; each line ends by LF here and CRLF on the wire. */
  async writeLines(lines: string): Promise<void> {
    if (!this.#socket.writable) return
    if (this.#socket.write(encodeName(lines.replaceAll('\n', '\r\n')))) return
    const drained = deferred()
    this.#socket.once('drain', drained.resolve)
    this.#socket.once('close', drained.resolve)
    await drained.promise
    this.#socket.off('drain', drained.resolve)
    this.#socket.off('close', drained.resolve)
  }

  /** Ends after what has been written. */
  end(): void {
    this.#socket.end()
  }

  destroy(): void {
    this.#socket.destroy()
  }
}
