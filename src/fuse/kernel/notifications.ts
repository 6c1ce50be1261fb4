/**
 * Tells the kernel what to forget. The writes wait in the kernel for locks that may be held by
 * requests which we have yet to answer, so they never run on the main thread, one at a time, and
 * nobody waits for them. The queue holds each thing once and is bounded: what is lost is outlived,
 * since cached names and attributes expire, and the next open drops the data of a changed file and
 * the old names of a directory. Only who rewinds one that stays open is shown those.
 */

import { isErrno } from '../../support/errno-error.ts'
import type { Logger } from '../../support/logger.ts'
import { encodeName } from '../../support/name-bytes.ts'
import type { Invalidation } from '../../vfs/filesystem.ts'
import type { Device } from './device.ts'
import { invalEntryFlags, notifyCode } from './flags.ts'
import { frameOf } from './frame.ts'
import type { AnyStruct } from './struct.ts'
import { notifyInvalEntryOut, notifyInvalInodeOut, outHeader } from './session-structs.ts'

const queueMax = 4096

export class Notifications implements Invalidation {
  readonly #device: Device
  readonly #log: Logger
  /** Keyed by what is to be forgotten; in order of arrival. */
  readonly #queue = new Map<string, Buffer>()
  #sending: Promise<void> | undefined
  #closed = false

  constructor(device: Device, log: Logger) {
    this.#device = device
    this.#log = log
  }

  invalidateInode(nodeid: number): void {
    const body = { ino: nodeid, off: 0n, len: 0n }
    this.#push(`inode ${nodeid}`, encode(notifyCode.INVAL_INODE, notifyInvalInodeOut, body))
  }

  /** Without pages no lock is needed that a request may hold, so this need not be queued. */
  async invalidateAttributes(nodeid: number): Promise<void> {
    if (this.#closed) return
    // Negative: no page of the data.
    const body = { ino: nodeid, off: -1n, len: 0n }
    await this.#send(
      `attributes ${nodeid}`,
      encode(notifyCode.INVAL_INODE, notifyInvalInodeOut, body),
    )
  }

  invalidateEntry(parent: number, name: string): void {
    const bytes = encodeName(name)
    // Asked for again at the next use, the name keeps what is still true: working directories and
    // mounts below it. Linux before 6.2 drops it at once.
    const body = { parent, namelen: bytes.length, flags: invalEntryFlags.EXPIRE_ONLY }
    // The kernel wants the name with its NUL.
    const tail = Buffer.concat([bytes, Buffer.alloc(1)])
    const message = encode(notifyCode.INVAL_ENTRY, notifyInvalEntryOut, body, tail)
    this.#push(`entry ${parent} ${name}`, message)
  }

  /** Drops what has not been sent; resolves when nothing is being written. */
  async close(): Promise<void> {
    this.#closed = true
    this.#queue.clear()
    await this.#sending
  }

  #push(key: string, message: Buffer): void {
    if (this.#closed) return
    if (this.#queue.size >= queueMax) {
      this.#log.warn('the kernel is slow to forget; dropped invalidations', {
        dropped: this.#queue.size,
      })
      this.#queue.clear()
    }
    this.#queue.set(key, message)
    this.#sending ??= this.#sendAll().finally(() => (this.#sending = undefined))
  }

  async #sendAll(): Promise<void> {
    for (const [key, message] of this.#queue) {
      this.#queue.delete(key)
      await this.#send(key, message)
    }
  }

  async #send(what: string, message: Buffer): Promise<void> {
    try {
      await this.#device.notify([message])
    } catch (error) {
      // ENOENT: the kernel does not have it anyway.
      if (isErrno(error, 'ENOENT')) return
      if (isErrno(error, 'ENODEV')) return this.#queue.clear()
      this.#log.warn('the kernel refused an invalidation', { what, error: String(error) })
    }
  }
}

function encode(code: number, codec: AnyStruct, body: object, tail = Buffer.alloc(0)): Buffer {
  const bodyAt = outHeader.size
  const tailAt = bodyAt + codec.size
  const frame = frameOf(Buffer.alloc(tailAt + tail.length))
  // A message without a request: unique 0, the code in place of the error.
  outHeader.encode(frame.view, 0, { len: frame.bytes.length, error: code, unique: 0n })
  codec.encode(frame.view, bodyAt, body)
  tail.copy(frame.bytes, tailAt)
  return frame.bytes
}
