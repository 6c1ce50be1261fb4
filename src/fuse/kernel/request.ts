/** From the bytes of one request to a header and arguments. Throws ErrnoError, never crashes. */

import { ErrnoError } from '../../support/errno-error.ts'
import { decodeName } from '../../support/name-bytes.ts'
import type { Frame } from './frame.ts'
import { frameOf } from './frame.ts'
import type { Operation } from './operations.ts'
import type { AnyStruct } from './struct.ts'
import { u64 } from './struct.ts'
import { inHeader } from './session-structs.ts'

export type RequestHeader = ReturnType<typeof inHeader.decode>

export type RequestArguments = Readonly<Record<string, unknown>>

/** EIO when the frame is shorter than a header or of another length than the header says. */
export function decodeHeader(frame: Frame, length: number): RequestHeader {
  if (length < inHeader.size) throw new ErrnoError('EIO', `a request of ${length} bytes`)
  const header = inHeader.decode(frame.view, 0)
  if (header.len !== length) {
    throw new ErrnoError('EIO', `a request of ${length} bytes that claims ${header.len}`)
  }
  return header
}

/** What a reply to a request that cannot be understood must carry; undefined if even that is cut. */
export function decodeUnique(frame: Frame, length: number): bigint | undefined {
  const { unique } = inHeader.offsets
  return length >= unique + u64.size ? u64.decode(frame.view, unique) : undefined
}

/** EIO when the arguments do not fill the frame as the operation's row says. */
export function decodeArguments(
  operation: Operation,
  frame: Frame,
  length: number,
): RequestArguments {
  let at = inHeader.size
  let args: Record<string, unknown> = {}
  if (operation.in) {
    args = decodeStruct(operation, operation.in, frame, at, length) as Record<string, unknown>
    at += operation.in.size
  }
  for (const name of operation.names ?? []) {
    const end = frame.bytes.indexOf(0, at)
    if (end < at || end >= length) throw malformed(operation, `no end of ${name}`)
    if (end === at) throw malformed(operation, `empty ${name}`)
    args[name] = decodeName(frame.bytes.subarray(at, end))
    at = end + 1
  }
  if (operation.items) args['items'] = decodeItems(operation, operation.items, frame, at, length)
  else if (operation.payload) args['data'] = frame.bytes.subarray(at, length)
  return args
}

function decodeStruct(
  operation: Operation,
  codec: AnyStruct,
  frame: Frame,
  at: number,
  length: number,
): object {
  const available = length - at
  if (available >= codec.size) return codec.decode(frame.view, at)
  if (available < (operation.inMinBytes ?? codec.size)) {
    throw malformed(operation, `${available} bytes of ${codec.name}`)
  }
  const extended = frameOf(Buffer.alloc(codec.size))
  frame.bytes.copy(extended.bytes, 0, at, length)
  return codec.decode(extended.view, 0)
}

function decodeItems(
  operation: Operation,
  codec: AnyStruct,
  frame: Frame,
  start: number,
  length: number,
): readonly object[] {
  if ((length - start) % codec.size !== 0) throw malformed(operation, `a part of ${codec.name}`)
  const items: object[] = []
  for (let at = start; at < length; at += codec.size) items.push(codec.decode(frame.view, at))
  return items
}

function malformed(operation: Operation, detail: string): ErrnoError {
  return new ErrnoError('EIO', `malformed ${operation.name} request: ${detail}`)
}
