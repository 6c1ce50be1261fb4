/**
 * One data connection. Reading and writing are pulled by the transfer, so memory stays bounded and
 * TCP slows a faster peer down. Bytes that arrive before a transfer wants them, or after it has
 * enough, stay queued for the next one.
 */

import type { Socket } from 'node:net'
import { deferred, type Deferred } from '../../support/deferred.ts'
import { ErrnoError } from '../../support/errno-error.ts'

/** Received bytes that may wait for the disk; more only slows the reader of the socket down. */
const receiveAheadBytes = 8 * 1024 * 1024

/** How long a connection that we have ended may linger for its peer to end too. */
const lingerMs = 30_000

export class DataConnection {
  readonly #socket: Socket
  #queue: Buffer[] = []
  #queuedBytes = 0
  #ended = false
  #failure: Error | undefined
  #waiter: Deferred<void> | undefined
  #writing: Deferred<void> | undefined

  constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.setKeepAlive(true, 5000)
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('end', () => this.#finish())
    socket.on('error', (error) => {
      this.#failure = error
      this.#writing?.reject(error)
    })
    socket.on('close', () => {
      this.#writing?.reject(this.#gone)
      this.#finish()
    })
    socket.pause()
  }

  /** False when nothing more can be sent. */
  get usable(): boolean {
    return this.#socket.writable
  }

  /** Resolves when the kernel has taken all of `bytes`: the buffer may then be used again. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#socket.destroyed) throw this.#gone
    const writing = deferred()
    this.#writing = writing
    this.#socket.write(bytes, (error) => (error ? writing.reject(error) : writing.resolve()))
    await writing.promise
  }

  /** What has arrived, at most `limit` bytes, waiting for some; empty when the peer has ended. */
  async take(limit: number): Promise<readonly Buffer[]> {
    while (this.#queuedBytes === 0 && !this.#ended) {
      if (this.#socket.isPaused()) this.#socket.resume()
      this.#waiter = deferred()
      await this.#waiter.promise
      this.#waiter = undefined
    }
    if (this.#queuedBytes === 0 && this.#failure) throw this.#failure
    const taken = this.#dequeue(limit)
    if (this.#queuedBytes < receiveAheadBytes && this.#socket.isPaused()) this.#socket.resume()
    return taken
  }

  /** Stops receiving ahead: the rest waits in the kernel. */
  pause(): void {
    this.#socket.pause()
  }

  /** Gives up when nothing moves for that long; for clients whose control connection is gone. */
  limitIdleTime(ms: number): void {
    this.#socket.setTimeout(ms, () => {
      this.#socket.destroy(new ErrnoError('ETIMEDOUT', 'data connection'))
    })
  }

  /** Ends after what has been written. */
  end(): void {
    this.#socket.end()
    // Without reading on, the peer's end would never be seen.
    this.#queue = []
    this.#queuedBytes = 0
    this.#socket.removeAllListeners('data')
    this.#socket.resume()
    this.#socket.setTimeout(lingerMs, () => this.#socket.destroy())
  }

  destroy(): void {
    this.#socket.destroy()
  }

  get #gone(): Error {
    return this.#failure ?? new ErrnoError('EPIPE', 'data connection')
  }

  #receive(chunk: Buffer): void {
    this.#queue.push(chunk)
    this.#queuedBytes += chunk.length
    if (this.#queuedBytes >= receiveAheadBytes) this.#socket.pause()
    this.#waiter?.resolve()
  }

  #finish(): void {
    this.#ended = true
    this.#waiter?.resolve()
  }

  #dequeue(limit: number): readonly Buffer[] {
    if (this.#queuedBytes <= limit) {
      const all = this.#queue
      this.#queue = []
      this.#queuedBytes = 0
      return all
    }
    const taken: Buffer[] = []
    let wanted = limit
    while (wanted > 0) {
      const first = this.#queue[0]!
      const piece = first.subarray(0, wanted)
      if (piece.length === first.length) this.#queue.shift()
      else this.#queue[0] = first.subarray(wanted)
      taken.push(piece)
      wanted -= piece.length
    }
    this.#queuedBytes -= limit
    return taken
  }
}
