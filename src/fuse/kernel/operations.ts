/**
 * The operations of the protocol: one row holds all facts. Decoder, encoder, dispatcher and the
 * debug lines read this table; the types of arguments and replies derive from it.
 *
 * A request is: header, `in`, `names` (each ended by NUL), then `items` or the `payload`.
 * What has no row, or no handler, is answered with ENOSYS.
 */

import * as attributes from './attribute-structs.ts'
import type { RequestContext } from './request-context.ts'
import * as session from './session-structs.ts'
import type { AnyStruct, CodecValue } from './struct.ts'
import * as s from './structs.ts'
import * as unserved from './unserved-structs.ts'

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

/**
 * All that kernels send to a server like this one. Not here: NOTIFY_REPLY answers a notification that
 * is never sent, SETUPMAPPING and REMOVEMAPPING need shared memory (virtiofs), CUSE_INIT is of
 * devices.
 */
export const operations = {
  LOOKUP: { opcode: 1, names: ['name'], out: s.entryOut },
  FORGET: { opcode: 2, in: s.forgetIn, noReply: true },
  GETATTR: { opcode: 3, in: attributes.getattrIn, out: attributes.attrOut },
  SETATTR: { opcode: 4, in: attributes.setattrIn, out: attributes.attrOut },
  READLINK: { opcode: 5, out: 'bytes' },
  SYMLINK: { opcode: 6, names: ['name', 'target'], out: s.entryOut },
  MKNOD: { opcode: 8, in: s.mknodIn, names: ['name'], out: s.entryOut },
  MKDIR: { opcode: 9, in: s.mkdirIn, names: ['name'], out: s.entryOut },
  UNLINK: { opcode: 10, names: ['name'] },
  RMDIR: { opcode: 11, names: ['name'] },
  RENAME: { opcode: 12, in: s.renameIn, names: ['oldName', 'newName'] },
  LINK: { opcode: 13, in: s.linkIn, names: ['newName'], out: s.entryOut },
  OPEN: { opcode: 14, in: s.openIn, out: s.openOut },
  READ: { opcode: 15, in: s.readIn, out: 'bytes' },
  WRITE: { opcode: 16, in: s.writeIn, payload: true, out: s.writeOut },
  STATFS: { opcode: 17, out: attributes.statfsOut },
  RELEASE: { opcode: 18, in: s.releaseIn },
  FSYNC: { opcode: 20, in: s.fsyncIn },
  FLUSH: { opcode: 25, in: s.flushIn },
  INIT: { opcode: 26, in: session.initIn, inMinBytes: 16, out: session.initOut },
  OPENDIR: { opcode: 27, in: s.openIn, out: s.openOut },
  READDIR: { opcode: 28, in: s.readIn, out: 'bytes' },
  RELEASEDIR: { opcode: 29, in: s.releaseIn },
  FSYNCDIR: { opcode: 30, in: s.fsyncIn },
  ACCESS: { opcode: 34, in: s.accessIn },
  CREATE: { opcode: 35, in: s.createIn, names: ['name'], out: s.createOut },
  INTERRUPT: { opcode: 36, in: session.interruptIn, noReply: true },
  DESTROY: { opcode: 38 },
  BATCH_FORGET: { opcode: 42, in: s.batchForgetIn, items: s.forgetOne, noReply: true },
  FALLOCATE: { opcode: 43, in: s.fallocateIn },
  READDIRPLUS: { opcode: 44, in: s.readIn, out: 'bytes' },
  RENAME2: { opcode: 45, in: s.rename2In, names: ['oldName', 'newName'] },
  LSEEK: { opcode: 46, in: s.lseekIn, out: s.lseekOut },
  COPY_FILE_RANGE: { opcode: 47, in: s.copyFileRangeIn, out: s.writeOut },
  SYNCFS: { opcode: 50, in: s.syncfsIn },
  STATX: { opcode: 52, in: attributes.statxIn, out: attributes.statxOut },
  COPY_FILE_RANGE_64: { opcode: 53, in: s.copyFileRangeIn, out: s.copyFileRangeOut },

  // Only named, so that the debug log can be read; there are no handlers. After one ENOSYS the kernel
  // stops asking for extended attributes, POLL and TMPFILE (programs get EOPNOTSUPP; every file is
  // ready). For IOCTL it says ENOTTY each time. Locks and BMAP it keeps to itself unless asked.
  SETXATTR: { opcode: 21, in: unserved.setxattrIn, names: ['name'], payload: true },
  GETXATTR: { opcode: 22, in: unserved.getxattrIn, names: ['name'] },
  LISTXATTR: { opcode: 23, in: unserved.getxattrIn },
  REMOVEXATTR: { opcode: 24, names: ['name'] },
  GETLK: { opcode: 31, in: unserved.lkIn },
  SETLK: { opcode: 32, in: unserved.lkIn },
  SETLKW: { opcode: 33, in: unserved.lkIn },
  BMAP: { opcode: 37, in: unserved.bmapIn },
  IOCTL: { opcode: 39, in: unserved.ioctlIn, payload: true },
  POLL: { opcode: 40, in: unserved.pollIn },
  TMPFILE: { opcode: 51, in: s.createIn, names: ['name'] },
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
