/**
 * Serves one mount: reads requests, runs their handlers, writes replies.
 *
 * Every request that expects a reply gets exactly one, whatever its handler does. Handlers run
 * concurrently. When the kernel lets go, those under way are interrupted and awaited.
 */

import { deferred } from '../../support/deferred.ts'
import { ErrnoError, errnoOf } from '../../support/errno-error.ts'
import { errnoNumber } from '../../support/errno.ts'
import type { Logger } from '../../support/logger.ts'
import type { Filesystem } from '../../vfs/filesystem.ts'
import { replyErrno } from '../reply-errno.ts'
import { maxRequestBytes } from '../request-size.ts'
import { replyLine, requestLine } from './debug-line.ts'
import type { Device } from './device.ts'
import { FramePool } from './frame-pool.ts'
import type { Frame } from './frame.ts'
import { createHandlers } from './handlers.ts'
import { InFlight } from './in-flight.ts'
import { isFinal, negotiate } from './negotiation.ts'
import { Notifications } from './notifications.ts'
import { operationOf, type Handlers, type Operation } from './operations.ts'
import { ReplyEncoder } from './reply.ts'
import { RequestContext } from './request-context.ts'
import { createRetractions, type Retractions } from './retractions.ts'
import {
  decodeArguments,
  decodeHeader,
  decodeUnique,
  type RequestArguments,
  type RequestHeader,
} from './request.ts'

export interface SessionOptions {
  readonly maxReadAheadBytes: number
  /** Reads of the device outstanding at once; each occupies a thread of the libuv pool. */
  readonly readers: number
}

/** A WRITE's header and names besides its data; the kernel insists on room for both. */
const frameBytes = maxRequestBytes + 4096

/**
 * Behind each request waits a thread of some program: far more than a machine usually has. What
 * comes beyond it waits in the kernel, INTERRUPTs too.
 */
const inFlightMax = 1024

/** WRITEs under way, each holding a frame; besides those that are being read into. */
const writesMax = 64

type AnyHandler = (args: RequestArguments, context: RequestContext) => unknown
type AnyRetraction = (answer: unknown) => Promise<void> | void

export class Session {
  /** Resolves when the kernel has agreed on the protocol. EPROTO: it is too old. */
  readonly negotiated: Promise<void>
  readonly #negotiated = deferred()
  readonly #device: Device
  readonly #options: SessionOptions
  readonly #log: Logger
  readonly #handlers: Handlers
  readonly #retractions: Retractions
  readonly #frames: FramePool
  readonly #inFlight = new InFlight(inFlightMax)
  readonly #replies = new ReplyEncoder()
  readonly #notifications: Notifications

  constructor(device: Device, filesystem: Filesystem, options: SessionOptions, log: Logger) {
    this.#device = device
    this.#options = options
    this.#log = log
    this.#frames = new FramePool(frameBytes, options.readers + writesMax)
    this.#notifications = new Notifications(device, log)
    this.#handlers = { ...createHandlers(filesystem), ...this.#ownHandlers() }
    this.#retractions = createRetractions(filesystem)
    this.negotiated = this.#negotiated.promise
    // Somebody who only waits for the end must not crash on it.
    this.negotiated.catch(() => {})
    filesystem.setInvalidation(this.#notifications)
  }

  /** Serves until the file system is unmounted. Rejects when the device fails. */
  async run(): Promise<void> {
    const readers = Array.from({ length: this.#options.readers }, () => this.#readRequests())
    try {
      await Promise.all(readers)
    } finally {
      const reason = new ErrnoError('ENODEV', 'the file system is unmounted')
      this.#negotiated.reject(reason)
      this.#inFlight.interruptAll(reason)
      await this.#inFlight.idle()
      await this.#notifications.close()
      await this.#device.close()
    }
  }

  /** INIT, INTERRUPT and DESTROY are about the session itself. */
  #ownHandlers(): Handlers {
    return {
      INIT: (offer) => {
        try {
          const agreement = negotiate(offer, this.#options.maxReadAheadBytes)
          if (isFinal(offer)) this.#negotiated.resolve()
          return agreement
        } catch (error) {
          this.#negotiated.reject(error)
          throw error
        }
      },
      INTERRUPT: ({ unique }) => this.#inFlight.interrupt(unique, interruptReason()),
      // The unmount itself follows; there is nothing to save up for it.
      DESTROY: () => {},
    }
  }

  async #readRequests(): Promise<void> {
    for (;;) {
      await this.#inFlight.room()
      const frame = await this.#frames.take()
      const length = await this.#device.read(frame.bytes)
      if (length === undefined) return
      this.#receive(frame, length)
    }
  }

  /** Hands one request to its handler; the frame goes back to the pool sooner or later. */
  #receive(frame: Frame, length: number): void {
    let serving: Promise<void> | undefined
    try {
      const header = decodeHeader(frame, length)
      const operation = operationOf(header.opcode)
      if (operation) serving = this.#start(operation, new RequestContext(header), frame, length)
      else this.#refuseUnknown(header)
    } catch (error) {
      this.#log.error('malformed request', { error: String(error) })
      const unique = decodeUnique(frame, length)
      if (unique !== undefined) this.#refuse(unique, errnoNumber('EIO'), 'malformed request')
    }
    // The arguments are copies, but for the data of a WRITE.
    if (serving === undefined) this.#frames.give(frame)
    else void serving.then(() => this.#frames.give(frame))
  }

  /** Gives a promise if the frame is needed until it resolves; it never rejects. */
  #start(
    operation: Operation,
    context: RequestContext,
    frame: Frame,
    length: number,
  ): Promise<void> | undefined {
    const handler = this.#handlers[operation.name] as AnyHandler | undefined
    let args: RequestArguments
    try {
      args = decodeArguments(operation, frame, length)
    } catch (error) {
      this.#refuseMalformed(operation, context.unique, handler ? error : notServed(operation))
      return undefined
    }
    if (this.#log.enabled('debug')) this.#log.debug(requestLine(operation, context, args))
    if (!handler) {
      this.#fail(operation, context.unique, notServed(operation))
      return undefined
    }
    if (this.#inFlight.takeEarlyInterrupt(context.unique)) context.interrupt(interruptReason())
    this.#inFlight.add(context)
    const serving = this.#serve(operation, handler, args, context)
    return operation.payload ? serving : undefined
  }

  /** EIO is for bytes that make no sense; other errors are about what a program asks. */
  #refuseMalformed(operation: Operation, unique: bigint, error: unknown): void {
    if (errnoOf(error) === 'EIO') this.#log.error('malformed request', { error: String(error) })
    this.#fail(operation, unique, error)
  }

  #refuseUnknown({ unique, opcode, nodeid }: RequestHeader): void {
    const what = `opcode ${opcode}`
    if (this.#log.enabled('debug')) this.#log.debug(`rx ${unique} ${what} n${nodeid}`)
    this.#refuse(unique, errnoNumber('ENOSYS'), what)
  }

  async #serve(
    operation: Operation,
    handler: AnyHandler,
    args: RequestArguments,
    context: RequestContext,
  ): Promise<void> {
    try {
      const answer = await handler(args, context)
      if (operation.noReply || this.#succeed(operation, context.unique, answer)) return
      await this.#retract(operation, answer)
    } catch (error) {
      this.#fail(operation, context.unique, error)
    } finally {
      context.answered()
      this.#inFlight.remove(context)
    }
  }

  /** Whether the kernel has taken the answer. One that cannot be sent is a failure. */
  #succeed(operation: Operation, unique: bigint, answer: unknown): boolean {
    try {
      const pieces = this.#replies.success(operation, unique, answer)
      if (this.#log.enabled('debug')) this.#log.debug(replyLine(unique, 0, pieces))
      return this.#device.reply(pieces)
    } catch (error) {
      const what = operation.name
      this.#log.error('an answer could not be sent', { operation: what, error: String(error) })
      // The kernel that refused it may have failed the request itself: then nobody hears this.
      this.#refuse(unique, errnoNumber('EIO'), what)
      return false
    }
  }

  /** Takes back what an answer would have given to the kernel. */
  async #retract(operation: Operation, answer: unknown): Promise<void> {
    const retraction = this.#retractions[operation.name] as AnyRetraction | undefined
    try {
      await retraction?.(answer)
    } catch (error) {
      this.#log.error('an answer could not be taken back', {
        operation: operation.name,
        error: String(error),
      })
    }
  }

  #fail(operation: Operation, unique: bigint, error: unknown): void {
    const errno = replyErrno(error, operation.name, this.#log)
    if (operation.noReply) this.#log.error('request failed', { operation: operation.name, errno })
    else this.#refuse(unique, errno, operation.name)
  }

  #refuse(unique: bigint, errno: number, what: string): void {
    const pieces = this.#replies.failure(unique, errno)
    if (this.#log.enabled('debug')) this.#log.debug(replyLine(unique, errno, pieces))
    try {
      this.#device.reply(pieces)
    } catch (error) {
      this.#log.error('the kernel refused a reply', { what, errno, error: String(error) })
    }
  }
}

function notServed(operation: Operation): ErrnoError {
  return new ErrnoError('ENOSYS', operation.name)
}

function interruptReason(): ErrnoError {
  return new ErrnoError('EINTR', 'interrupted by the caller')
}
