/** `struct statx` (linux/stat.h): the same on every platform, but for the order of bytes. */

import { epochNsOf } from '../../support/timespec.ts'
import type { RawStatus } from './file-status.ts'

/** STATX_BTIME: it is told. */
const birthTimeBit = 0x800

const structBytes = 256

/** Memory that statx(2) fills, under the names that Node has for what it holds. */
export class StatxStruct implements RawStatus {
  readonly bytes = new Uint8Array(structBytes)
  readonly #u16 = new Uint16Array(this.bytes.buffer)
  readonly #u32 = new Uint32Array(this.bytes.buffer)
  readonly #u64 = new BigUint64Array(this.bytes.buffer)
  readonly #s64 = new BigInt64Array(this.bytes.buffer)

  get nlink(): number {
    return this.#u32[4]!
  }

  get uid(): number {
    return this.#u32[5]!
  }

  get gid(): number {
    return this.#u32[6]!
  }

  get mode(): number {
    return this.#u16[14]!
  }

  get ino(): bigint {
    return this.#u64[4]!
  }

  get size(): bigint {
    return this.#u64[5]!
  }

  get atimeNs(): bigint {
    return this.#timeAt(64)
  }

  /** 0: not known, as Node has it. */
  get birthtimeNs(): bigint {
    return (this.#u32[0]! & birthTimeBit) === 0 ? 0n : this.#timeAt(80)
  }

  get ctimeNs(): bigint {
    return this.#timeAt(96)
  }

  get mtimeNs(): bigint {
    return this.#timeAt(112)
  }

  /** makedev(3); the kernel's majors have 12 bits and its minors 20. */
  get dev(): bigint {
    const [major, minor] = [this.#u32[34]!, this.#u32[35]!]
    return BigInt((((minor & ~0xff) << 12) | (major << 8) | (minor & 0xff)) >>> 0)
  }

  /** struct statx_timestamp. */
  #timeAt(offset: number): bigint {
    return epochNsOf(this.#s64[offset / 8]!, this.#u32[offset / 4 + 2]!)
  }
}
