/**
 * The operations of the protocol: one row holds all facts. Decoder, encoder, dispatcher and the
 * debug lines read this table; the types of arguments and replies derive from it.
 *
 * A request is: header, `in`, `names` (each ended by NUL), then `items` or the `payload`.
 * What has no row, or no handler, is answered with ENOSYS.
 */

import type { RequestContext } from './request-context.ts'
import type { AnyStruct, CodecValue } from './struct.ts'
import * as s from './structs.ts'

export interface OperationSpec {
  readonly opcode: number
  readonly in?: AnyStruct
  /** Kernels send this much of `in` at least; the rest reads as zero. Default: all of it. */
  readonly inMinBytes?: number
  readonly names?: readonly string[]
  /** An array of structs up to the end; becomes the argument `items`. */
  readonly items?: AnyStruct
  /** The rest of the request; becomes the argument `data`, valid until the handler settles. */
  readonly payload?: true
  /** `'bytes'`: pieces that are sent one after the other. Absent: the reply is empty. */
  readonly out?: AnyStruct | 'bytes'
  readonly noReply?: true
}

export const operations = {
  LOOKUP: { opcode: 1, names: ['name'], out: s.entryOut },
  FORGET: { opcode: 2, in: s.forgetIn, noReply: true },
  GETATTR: { opcode: 3, in: s.getattrIn, out: s.attrOut },
  SETATTR: { opcode: 4, in: s.setattrIn, out: s.attrOut },
  MKDIR: { opcode: 9, in: s.mkdirIn, names: ['name'], out: s.entryOut },
  UNLINK: { opcode: 10, names: ['name'] },
  RMDIR: { opcode: 11, names: ['name'] },
  RENAME: { opcode: 12, in: s.renameIn, names: ['oldName', 'newName'] },
  OPEN: { opcode: 14, in: s.openIn, out: s.openOut },
  READ: { opcode: 15, in: s.readIn, out: 'bytes' },
  WRITE: { opcode: 16, in: s.writeIn, payload: true, out: s.writeOut },
  STATFS: { opcode: 17, out: s.statfsOut },
  RELEASE: { opcode: 18, in: s.releaseIn },
  FSYNC: { opcode: 20, in: s.fsyncIn },
  FLUSH: { opcode: 25, in: s.flushIn },
  INIT: { opcode: 26, in: s.initIn, inMinBytes: 16, out: s.initOut },
  OPENDIR: { opcode: 27, in: s.openIn, out: s.openOut },
  READDIR: { opcode: 28, in: s.readIn, out: 'bytes' },
  RELEASEDIR: { opcode: 29, in: s.releaseIn },
  FSYNCDIR: { opcode: 30, in: s.fsyncIn },
  ACCESS: { opcode: 34, in: s.accessIn },
  CREATE: { opcode: 35, in: s.createIn, names: ['name'], out: s.createOut },
  INTERRUPT: { opcode: 36, in: s.interruptIn, noReply: true },
  DESTROY: { opcode: 38 },
  BATCH_FORGET: { opcode: 42, in: s.batchForgetIn, items: s.forgetOne, noReply: true },
  READDIRPLUS: { opcode: 44, in: s.readIn, out: 'bytes' },
  RENAME2: { opcode: 45, in: s.rename2In, names: ['oldName', 'newName'] },
} as const satisfies Record<string, OperationSpec>

type Operations = typeof operations
export type OperationName = keyof Operations

type InOf<S> = S extends { in: infer C } ? CodecValue<C> : unknown
type NamesOf<S> = S extends { names: readonly (infer K extends string)[] }
  ? { readonly [P in K]: string }
  : unknown
type ItemsOf<S> = S extends { items: infer C }
  ? { readonly items: readonly CodecValue<C>[] }
  : unknown
type PayloadOf<S> = S extends { payload: true } ? { readonly data: Uint8Array } : unknown

/** What a handler is given: the struct's fields, the names, the items or data. */
export type Args<N extends OperationName> = InOf<Operations[N]> &
  NamesOf<Operations[N]> &
  ItemsOf<Operations[N]> &
  PayloadOf<Operations[N]>

/** What a handler answers. */
export type Reply<N extends OperationName> = Operations[N] extends { out: infer O }
  ? O extends 'bytes'
    ? readonly Uint8Array[]
    : CodecValue<O>
  : void

export type Handler<N extends OperationName> = (
  args: Args<N>,
  context: RequestContext,
) => Promise<Reply<N>> | Reply<N>

export type Handlers = { readonly [N in OperationName]?: Handler<N> }

/** A row together with its name, for code that treats all operations alike. */
export interface Operation extends OperationSpec {
  readonly name: OperationName
}

const byOpcode = new Map<number, Operation>(
  Object.entries(operations).map(([name, spec]) => [
    spec.opcode,
    { name: name as OperationName, ...spec },
  ]),
)

export function operationOf(opcode: number): Operation | undefined {
  return byOpcode.get(opcode)
}
