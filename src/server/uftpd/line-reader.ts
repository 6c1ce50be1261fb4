/**
 * Lines of a control connection: ended by LF or CRLF, bytes that are not UTF-8 kept
 * (support/name-bytes.ts). A line over the limit is swallowed up to its end and reported as such,
 * never cut in two. Reading stops while more is queued than a session can work off.
 */

import type { Socket } from 'node:net'
import { deferred, type Deferred } from '../../support/deferred.ts'
import { decodeName } from '../../support/name-bytes.ts'

export type Line = { readonly text: string } | 'too-long'

/** Queued lines at which reading pauses; resumes at none, so a pipelining client stays fast. */
const queueLimit = 1024
const queuedCharactersLimit = 8 * 1024 * 1024

const lineFeed = 0x0a
const carriageReturn = 0x0d

export class LineReader {
  readonly #socket: Socket
  readonly #limit: number
  readonly #lines: Line[] = []
  #queuedCharacters = 0
  #partial: Buffer[] = []
  #partialLength = 0
  #ended = false
  #waiter: Deferred<void> | undefined

  /** `limit`: bytes of one line without its end. Takes over the socket's reading side. */
  constructor(socket: Socket, limit: number) {
    this.#socket = socket
    this.#limit = limit
    const end = (): void => {
      this.#ended = true
      this.#waiter?.resolve()
    }
    socket.on('data', (chunk: Buffer) => this.#feed(chunk))
    socket.on('end', end)
    socket.on('close', end)
  }

  /** True when the next line is here already. */
  get ready(): boolean {
    return this.#lines.length > 0
  }

  /** The next line; undefined when the peer has ended. A last line without its end is dropped. */
  async next(): Promise<Line | undefined> {
    while (this.#lines.length === 0 && !this.#ended) {
      if (this.#socket.isPaused()) this.#socket.resume()
      this.#waiter = deferred()
      await this.#waiter.promise
      this.#waiter = undefined
    }
    const line = this.#lines.shift()
    this.#queuedCharacters -= lengthOf(line)
    return line
  }

  #feed(chunk: Buffer): void {
    let start = 0
    for (let at = chunk.indexOf(lineFeed); at >= 0; at = chunk.indexOf(lineFeed, start)) {
      this.#keep(chunk.subarray(start, at))
      this.#finishLine()
      start = at + 1
    }
    this.#keep(chunk.subarray(start))
    const full = this.#lines.length >= queueLimit || this.#queuedCharacters >= queuedCharactersLimit
    if (full) this.#socket.pause()
    if (this.#lines.length > 0) this.#waiter?.resolve()
  }

  #keep(piece: Buffer): void {
    this.#partialLength += piece.length
    // One byte more than the limit is the CR of a CRLF.
    if (this.#partialLength > this.#limit + 1) this.#partial = []
    else if (piece.length > 0) this.#partial.push(piece)
  }

  #finishLine(): void {
    const whole = this.#partial.length === 1 ? this.#partial[0]! : Buffer.concat(this.#partial)
    const fits = whole.length === this.#partialLength
    const line = whole.at(-1) === carriageReturn ? whole.subarray(0, -1) : whole
    const told = fits && line.length <= this.#limit ? { text: decodeName(line) } : 'too-long'
    this.#lines.push(told)
    this.#queuedCharacters += lengthOf(told)
    this.#partial = []
    this.#partialLength = 0
  }
}

function lengthOf(line: Line | undefined): number {
  return typeof line === 'object' ? line.text.length : 0
}
