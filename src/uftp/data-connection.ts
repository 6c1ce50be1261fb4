/**
 * One data connection. Received bytes go from the kernel straight into the memory that a ByteSink
 * offers; given bytes go to the kernel without a copy. It carries one transfer at a time, and as many
 * one after the other as the server keeps it open for.
 *
 * Node asks for the next buffer right after it has filled one, not when it reads: between transfers
 * it holds a scratch buffer, so the first read of a transfer is copied (64 KiB at most), all others
 * land in place.
 */

import { connect, type Socket } from 'node:net'
import { deferred, type Deferred } from '../support/deferred.ts'
import { ErrnoError } from '../support/errno-error.ts'
import { ConnectionLost } from './connection-lost.ts'
import { connectionLost } from './reply-errno.ts'

/** Where received bytes go; the same as the vfs's ByteSink. */
export interface ReceivingSink {
  space(): Uint8Array
  advance(length: number): void
}

export interface DataOptions {
  readonly host: string
  readonly port: number
  /** The server takes data connections only from the address of the control connection. */
  readonly localAddress: string
  /** A transfer that stands still for so long is given up. */
  readonly silenceMs: number
  /** Told whenever bytes move. */
  readonly onProgress: () => void
}

/** The server waits 30 s for the data connection and ends the session then. */
const connectMs = 20_000
const scratchBytes = 64 * 1024
/** Given to the kernel at a time: below its socket buffers, above what costs a turn. */
const sendBytes = 2 ** 20

interface Reception {
  readonly sink: ReceivingSink
  remaining: number
  delivered: number
  readonly done: Deferred<number>
}

export class DataConnection {
  readonly #socket: Socket
  readonly #onProgress: () => void
  readonly #ended: Deferred<void> = deferred()
  readonly #scratch = Buffer.allocUnsafeSlow(scratchBytes)
  #reception: Reception | undefined
  #isOpen = true

  static async connect(options: DataOptions): Promise<DataConnection> {
    const { host, port } = options
    const connection = new DataConnection(options)
    const opened = deferred()
    const socket = connection.#socket
    const timer = setTimeout(
      () => opened.reject(new Error(`no answer within ${connectMs} ms`)),
      connectMs,
    )
    socket.once('connect', () => opened.resolve())
    socket.once('error', (error) => opened.reject(error))
    socket.once('close', () => opened.reject(new Error('closed')))
    try {
      await opened.promise
      return connection
    } catch (cause) {
      connection.destroy()
      throw connectionLost(`data connection to ${host}:${port} blocked`, cause)
    } finally {
      clearTimeout(timer)
    }
  }

  private constructor(options: DataOptions) {
    const { host, port, localAddress, silenceMs, onProgress } = options
    this.#onProgress = onProgress
    this.#socket = connect({
      host,
      port,
      noDelay: true,
      ...(localAddress === '' ? {} : { localAddress }),
      onread: {
        buffer: () => this.#buffer(),
        callback: (length, buffer) => this.#take(length, buffer),
      },
    })
    this.#socket.setTimeout(silenceMs, () => this.#endIfStuck())
    this.#socket.on('error', (error) => this.#end(error))
    this.#socket.on('end', () => this.#end(undefined))
    this.#socket.on('close', () => this.#end(new ConnectionLost('data connection closed')))
  }

  /** False once either side has closed it. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  /** True while no transfer is being received. */
  get isIdle(): boolean {
    return this.#reception === undefined
  }

  get bytesReceived(): number {
    return this.#socket.bytesRead
  }

  /** Resolves when the connection has ended, whoever ended it. */
  get ended(): Promise<void> {
    return this.#ended.promise
  }

  /**
   * Receives `length` bytes (Infinity: all) into `sink`; resolves with the number delivered, which
   * is less if the server closes first. Call it before the server can send.
   */
  receive(sink: ReceivingSink, length: number): Promise<number> {
    if (this.#reception) throw new ErrnoError('EBUSY', 'data connection')
    const reception = { sink, remaining: length, delivered: 0, done: deferred<number>() }
    reception.done.promise.catch(() => {})
    if (length === 0 || !this.#isOpen) reception.done.resolve(0)
    else this.#reception = reception
    return reception.done.promise
  }

  /** Nothing comes for `receive` after all. */
  stopReceiving(): void {
    this.#reception?.done.resolve(this.#reception.delivered)
    this.#reception = undefined
  }

  /** Sends the pieces; resolves when the kernel has taken all. */
  async send(pieces: readonly Uint8Array[]): Promise<void> {
    let batch: Uint8Array[] = []
    let bytes = 0
    for (const piece of pieces) {
      for (let start = 0; start < piece.length; start += sendBytes) {
        const part = piece.subarray(start, start + sendBytes)
        batch.push(part)
        bytes += part.length
        if (bytes < sendBytes) continue
        await this.#write(batch)
        batch = []
        bytes = 0
      }
    }
    if (batch.length > 0) await this.#write(batch)
  }

  /** Closes at once; a transfer under way fails. Idempotent. */
  destroy(): void {
    this.#socket.destroy()
    this.#end(new ConnectionLost('the data connection was given up'))
  }

  async #write(batch: readonly Uint8Array[]): Promise<void> {
    const taken = deferred()
    const callback = (error?: Error | null): void => {
      if (error) taken.reject(connectionLost('data connection', error))
      else taken.resolve()
    }
    this.#socket.cork()
    batch.forEach((part, index) =>
      this.#socket.write(part, index === batch.length - 1 ? callback : undefined),
    )
    this.#socket.uncork()
    await taken.promise
    this.#onProgress()
  }

  #buffer(): Uint8Array {
    const reception = this.#reception
    if (!reception) return this.#scratch
    const space = reception.sink.space()
    return space.length > reception.remaining ? space.subarray(0, reception.remaining) : space
  }

  #take(length: number, buffer: Uint8Array): boolean {
    this.#onProgress()
    const reception = this.#reception
    if (buffer.buffer === this.#scratch.buffer) this.#copy(reception, buffer.subarray(0, length))
    else if (reception) this.#advance(reception, length)
    return true
  }

  #copy(reception: Reception | undefined, bytes: Uint8Array): void {
    let rest = bytes
    while (rest.length > 0) {
      if (!reception || reception.remaining === 0) {
        // Bytes that nobody asked for: the two sides disagree about where a transfer ends.
        this.#end(new ConnectionLost('unexpected bytes on the data connection'))
        this.#socket.destroy()
        return
      }
      const space = reception.sink.space()
      const part = rest.subarray(0, Math.min(space.length, reception.remaining))
      space.set(part)
      this.#advance(reception, part.length)
      rest = rest.subarray(part.length)
    }
  }

  #advance(reception: Reception, length: number): void {
    reception.sink.advance(length)
    reception.delivered += length
    reception.remaining -= length
    if (reception.remaining > 0) return
    this.#reception = undefined
    reception.done.resolve(reception.delivered)
  }

  #endIfStuck(): void {
    if (!this.#reception) return
    this.#end(new ConnectionLost('the data connection stands still'))
    this.#socket.destroy()
  }

  /** Without `error` it is the server's orderly end of file. */
  #end(error: Error | undefined): void {
    this.#isOpen = false
    this.#ended.resolve()
    const reception = this.#reception
    if (!reception) return
    this.#reception = undefined
    if (error) reception.done.reject(connectionLost('data connection', error))
    else reception.done.resolve(reception.delivered)
  }
}
