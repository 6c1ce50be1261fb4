/**
 * The kernel's side of /dev/fuse without a kernel: sends requests to a session, in the order in
 * which they are asked for, and collects its replies. Every reply must be due and well-formed.
 */

import type { Device } from '../../../src/fuse/kernel/device.ts'
import { frameOf } from '../../../src/fuse/kernel/frame.ts'
import {
  operations,
  type Args,
  type OperationName,
  type OperationSpec,
} from '../../../src/fuse/kernel/operations.ts'
import { inHeader, outHeader } from '../../../src/fuse/kernel/session-structs.ts'
import type { AnyStruct } from '../../../src/fuse/kernel/struct.ts'
import { deferred, type Deferred } from '../../../src/support/deferred.ts'
import { ErrnoError } from '../../../src/support/errno-error.ts'
import { encodeName } from '../../../src/support/name-bytes.ts'

export interface FakeReply {
  /** Positive errno, 0 for success. */
  readonly errno: number
  readonly body: Buffer
}

interface Reader {
  readonly bytes: Buffer
  readonly length: Deferred<number | undefined>
}

export class FakeKernel implements Device {
  /** Notifications as they were sent. */
  readonly notifications: Buffer[] = []
  /** What `notify` waits for; tests replace it to hold a notification back. */
  notifying: Promise<void> = Promise.resolve()
  /** Replies to requests that nobody made, or that were answered before. */
  readonly unexpectedReplies: bigint[] = []
  closed = false
  readonly #requests: Buffer[] = []
  readonly #readers: Reader[] = []
  /** Replies to these are malformed to the kernel: EINVAL, and the request has failed. */
  readonly refusing = new Set<bigint>()
  readonly #withdrawn = new Set<bigint>()
  readonly #due = new Map<bigint, Deferred<FakeReply>>()
  #unmounted = false
  #lastUnique = 0n

  /** Uniques that wait for their reply. */
  get due(): readonly bigint[] {
    return [...this.#due.keys()]
  }

  get waitingReaders(): number {
    return this.#readers.length
  }

  /** The unique that the next request will carry. */
  get nextUnique(): bigint {
    return this.#lastUnique + 2n
  }

  /** Sends a request; the reply. Operations without one give a promise that stays pending. */
  request<N extends OperationName>(
    name: N,
    args: Partial<Args<N>>,
    nodeid = 1,
  ): { readonly unique: bigint; readonly reply: Promise<FakeReply> } {
    const { opcode } = operations[name]
    return this.requestBytes(opcode, encodeArguments(name, args), nodeid)
  }

  requestBytes(opcode: number, body: Uint8Array, nodeid = 1) {
    this.#lastUnique += 2n
    const unique = this.#lastUnique
    const frame = frameOf(Buffer.alloc(inHeader.size + body.length))
    inHeader.encode(frame.view, 0, {
      len: frame.bytes.length,
      opcode,
      unique,
      nodeid,
      uid: 1000,
      gid: 100,
      pid: 4711,
      total_extlen: 0,
    })
    frame.bytes.set(body, inHeader.size)
    const reply = deferred<FakeReply>()
    this.#due.set(unique, reply)
    this.sendRaw(frame.bytes)
    return { unique, reply: reply.promise }
  }

  sendRaw(frame: Buffer): void {
    this.#requests.push(frame)
    this.#serveReaders()
  }

  /** Nobody waits for the reply any more: it will be refused (ENOENT). */
  withdraw(unique: bigint): void {
    this.#due.delete(unique)
    this.#withdrawn.add(unique)
  }

  /** Takes back that a reply is due: for operations that have none. */
  expectNoReply(unique: bigint): void {
    this.#due.delete(unique)
  }

  unmount(): void {
    this.#unmounted = true
    this.#serveReaders()
  }

  read(bytes: Buffer): Promise<number | undefined> {
    const length = deferred<number | undefined>()
    this.#readers.push({ bytes, length })
    this.#serveReaders()
    return length.promise
  }

  reply(pieces: readonly Uint8Array[]): boolean {
    const message = Buffer.concat(pieces)
    const { len, error, unique } = outHeader.decode(frameOf(message).view, 0)
    if (len !== message.length || error > 0) throw new Error(`malformed reply to ${unique}`)
    if (this.#withdrawn.has(unique)) return false
    if (this.refusing.delete(unique)) {
      this.withdraw(unique)
      throw new ErrnoError('EINVAL', 'write of /dev/fuse')
    }
    const due = this.#due.get(unique)
    if (!due) this.unexpectedReplies.push(unique)
    this.#due.delete(unique)
    due?.resolve({ errno: error === 0 ? 0 : -error, body: message.subarray(outHeader.size) })
    return true
  }

  async notify(pieces: readonly Uint8Array[]): Promise<void> {
    this.notifications.push(Buffer.concat(pieces))
    await this.notifying
  }

  async close(): Promise<void> {
    this.closed = true
  }

  #serveReaders(): void {
    while (this.#readers.length > 0) {
      const request = this.#requests.shift()
      if (!request && !this.#unmounted) return
      const { bytes, length } = this.#readers.shift()!
      request?.copy(bytes)
      length.resolve(request?.length)
    }
  }
}

/** The bytes behind the header. */
export function encodeArguments<N extends OperationName>(name: N, args: Partial<Args<N>>): Buffer {
  const spec: OperationSpec = operations[name]
  const values = args as Readonly<Record<string, unknown>>
  const parts: Uint8Array[] = []
  if (spec.in) parts.push(encodeStruct(spec.in, values))
  for (const key of spec.names ?? []) {
    parts.push(encodeName(values[key] as string), Buffer.alloc(1))
  }
  if (values['data'] instanceof Uint8Array) parts.push(values['data'])
  return Buffer.concat(parts)
}

/** Fields that are not given are zero. */
function encodeStruct(codec: AnyStruct, values: object): Buffer {
  const frame = frameOf(Buffer.alloc(codec.size))
  codec.encode(frame.view, 0, { ...codec.decode(frame.view, 0), ...values })
  return frame.bytes
}
