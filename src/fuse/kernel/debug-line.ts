/** One request or reply in a line: `rx 12 LOOKUP n1 "a.txt"`, `tx 12 OK`. */

import { byteLength } from '../../support/byte-length.ts'
import { errnoName } from '../../support/errno.ts'
import type { Operation } from './operations.ts'
import type { RequestArguments } from './request.ts'
import type { RequestContext } from './request-context.ts'

export function requestLine(
  operation: Operation,
  context: RequestContext,
  args: RequestArguments,
): string {
  const names = new Set(operation.names)
  const words = Object.entries(args).map(([key, value]) => {
    return names.has(key) ? JSON.stringify(value) : `${key}=${text(value)}`
  })
  return ['rx', context.unique, operation.name, `n${context.nodeid}`, ...words].join(' ')
}

export function replyLine(unique: bigint, errno: number, pieces: readonly Uint8Array[]): string {
  if (errno !== 0) return `tx ${unique} ${errnoName(errno) ?? errno}`
  return `tx ${unique} OK ${byteLength(pieces)} bytes`
}

function text(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if (Array.isArray(value)) return String(value.length)
  if (typeof value !== 'object' || value === null) return String(value)
  const parts = Object.entries(value).map(([key, part]) => `${key}=${text(part)}`)
  return `{${parts.join(' ')}}`
}
