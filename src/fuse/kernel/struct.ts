/**
 * C structs as values: pure functions on bytes, in the byte order of the host (the kernel's
 * protocol is not a network protocol). Layout follows the C rules: a field stands at a multiple of
 * its alignment, a struct's size is a multiple of its largest alignment.
 */

import { endianness } from 'node:os'
import { ErrnoError } from '../../support/errno-error.ts'
import type { ErrnoName } from '../../support/errno.ts'

export interface Codec<T> {
  readonly size: number
  readonly alignment: number
  decode(view: DataView, offset: number): T
  encode(view: DataView, offset: number, value: T): void
}

/** Bytes without meaning: absent from values, zero when encoded. */
export interface PaddingCodec extends Codec<undefined> {
  readonly isPadding: true
}

export type Fields = Readonly<Record<string, Codec<never> | Codec<unknown>>>

export type CodecValue<C> = C extends { decode(view: DataView, offset: number): infer T }
  ? T
  : never

export type StructValue<F extends Fields> = {
  readonly [K in keyof F as F[K] extends PaddingCodec ? never : K]: CodecValue<F[K]>
}

export interface Struct<F extends Fields> extends Codec<StructValue<F>> {
  /** As in fuse.h. */
  readonly name: string
  readonly offsets: { readonly [K in keyof F]: number }
}

/** A struct of which only the use as a codec of some object matters. */
export type AnyStruct = Codec<object> & { readonly name: string }

const littleEndian = endianness() === 'LE'
const lowWord = littleEndian ? 0 : 4
const highWord = 4 - lowWord
const wordRange = 2 ** 32

export const u16: Codec<number> = {
  size: 2,
  alignment: 2,
  decode: (view, offset) => view.getUint16(offset, littleEndian),
  encode: (view, offset, value) => view.setUint16(offset, value, littleEndian),
}

export const u32: Codec<number> = {
  size: 4,
  alignment: 4,
  decode: (view, offset) => view.getUint32(offset, littleEndian),
  encode: (view, offset, value) => view.setUint32(offset, value, littleEndian),
}

export const i32: Codec<number> = {
  size: 4,
  alignment: 4,
  decode: (view, offset) => view.getInt32(offset, littleEndian),
  encode: (view, offset, value) => view.setInt32(offset, value, littleEndian),
}

/** For what is only echoed (unique, lock_owner) or may use all its bits. */
export const u64: Codec<bigint> = {
  size: 8,
  alignment: 8,
  decode: (view, offset) => view.getBigUint64(offset, littleEndian),
  encode: (view, offset, value) => view.setBigUint64(offset, value, littleEndian),
}

export const i64: Codec<bigint> = {
  size: 8,
  alignment: 8,
  decode: (view, offset) => view.getBigInt64(offset, littleEndian),
  encode: (view, offset, value) => view.setBigInt64(offset, value, littleEndian),
}

/** uint64_t that is a number here (nodeid, fh, nlookup, counts): EINVAL above 2^53 - 1. */
export const safe64: Codec<number> = unsigned64('EINVAL')

/** A position or length in a file: a program may ask for any, EFBIG above 2^53 - 1. */
export const fileOffset: Codec<number> = unsigned64('EFBIG')

/** `uint32_t name[words]` without meaning. */
export function padding32(words = 1): PaddingCodec {
  return padding(words * 4, 4)
}

/** `uint16_t name[words]` without meaning. */
export function padding16(words = 1): PaddingCodec {
  return padding(words * 2, 2)
}

export function struct<const F extends Fields>(name: string, fields: F): Struct<F> {
  const members: { key: string; codec: Codec<unknown>; offset: number }[] = []
  const offsets: Record<string, number> = {}
  let end = 0
  let alignment = 1
  for (const [key, field] of Object.entries(fields)) {
    const codec = field as Codec<unknown>
    const offset = alignUp(end, codec.alignment)
    offsets[key] = offset
    members.push({ key, codec, offset })
    end = offset + codec.size
    alignment = Math.max(alignment, codec.alignment)
  }
  const valued = members.filter(({ codec }) => !('isPadding' in codec))
  return {
    name,
    size: alignUp(end, alignment),
    alignment,
    offsets: offsets as Struct<F>['offsets'],
    decode: (view, at) => {
      const value: Record<string, unknown> = {}
      for (const { key, codec, offset } of valued) value[key] = codec.decode(view, at + offset)
      return value as StructValue<F>
    },
    encode: (view, at, value) => {
      const values = value as Readonly<Record<string, unknown>>
      for (const { key, codec, offset } of members) codec.encode(view, at + offset, values[key])
    },
  }
}

/** The next multiple of `alignment`, which is a power of two. */
export function alignUp(length: number, alignment: number): number {
  return (length + alignment - 1) & -alignment
}

function unsigned64(error: ErrnoName): Codec<number> {
  return {
    size: 8,
    alignment: 8,
    decode: (view, offset) => {
      const high = view.getUint32(offset + highWord, littleEndian)
      const value = high * wordRange + view.getUint32(offset + lowWord, littleEndian)
      if (value > Number.MAX_SAFE_INTEGER) throw new ErrnoError(error, 'a 64-bit number above 2^53')
      return value
    },
    encode: (view, offset, value) => {
      if (!Number.isSafeInteger(value) || value < 0) {
        throw new ErrnoError('EIO', `${value} is no 64-bit count`)
      }
      view.setUint32(offset + lowWord, value % wordRange, littleEndian)
      view.setUint32(offset + highWord, Math.floor(value / wordRange), littleEndian)
    },
  }
}

function padding(size: number, alignment: number): PaddingCodec {
  return {
    isPadding: true,
    size,
    alignment,
    decode: () => undefined,
    encode: (view, offset) => {
      for (let at = offset; at < offset + size; at++) view.setUint8(at, 0)
    },
  }
}
