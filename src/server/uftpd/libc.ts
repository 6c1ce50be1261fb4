/**
 * The calls of libc that Node does not have, through koffi. What cannot be loaded is absent, and
 * nothing that needs it is offered.
 */

import { getSystemErrorName } from 'node:util'
import type { default as Koffi } from 'koffi'
import { encodeName } from '../../support/name-bytes.ts'

type Path = string | Buffer

export interface Libc {
  /** `times`: seconds and nanoseconds of access, then of modification. */
  readonly utimensat?: (path: Path, times: BigInt64Array, flags: number) => Promise<void>
  readonly renameat2?: (from: Path, to: Path, flags: number) => Promise<void>
  readonly mknod?: (path: Path, mode: number) => Promise<void>
  /** -1: no such limit, or not known. */
  readonly pathconf?: (path: Path, name: number) => Promise<number>
  readonly entryCalls?: EntryCalls
}

/**
 * About one name, which ends with NUL, in an open directory; made in this thread. False: the call
 * has failed.
 */
export interface EntryCalls {
  readonly statx: (directory: number, name: Uint8Array, struct: Uint8Array) => boolean
  readonly faccessat: (directory: number, name: Uint8Array, rights: number) => boolean
}

// linux/fcntl.h, linux/stat.h, linux/fs.h: the same on every platform.
const atWorkingDirectory = -100
export const atSymlinkNofollow = 0x100
export const utimeNow = (1n << 30n) - 1n
export const utimeOmit = (1n << 30n) - 2n
export const renameNoreplace = 1
export const renameExchange = 2
/** glibc's and musl's `_PC_NAME_MAX`. */
export const nameMax = 3
/** STATX_BASIC_STATS and STATX_BTIME. */
const statxMask = 0xfff

type ForeignCall = (...values: unknown[]) => Promise<number>
type Prototype = [name: string, result: string, parameters: string[]]

let loaded: Promise<Libc> | undefined

/** Loaded once, and only by a server that starts. */
export function loadLibc(): Promise<Libc> {
  return (loaded ??= load())
}

async function load(): Promise<Libc> {
  let koffi: typeof Koffi
  let library: ReturnType<typeof koffi.load>
  try {
    koffi = (await import('koffi')).default
    library = koffi.load(null)
  } catch {
    return {}
  }
  const declared = (...prototype: Prototype): ReturnType<typeof library.func> | undefined => {
    try {
      return library.func(...prototype)
    } catch {
      return undefined
    }
  }
  const foreign = (...prototype: Prototype): ForeignCall | undefined => {
    const call = declared(...prototype)
    if (!call) return undefined
    // In a thread of libuv's pool; errno is that of the call while its callback runs.
    return (...values) =>
      new Promise((resolve, reject) => {
        call.async(...values, (error: Error | null, value: number) => {
          if (error) reject(error)
          else if (value === -1) reject(systemError(prototype[0], koffi.errno(), values))
          else resolve(value)
        })
      })
  }
  const utimensat = foreign('utimensat', 'int', ['int', 'const uint8_t *', 'int64_t *', 'int'])
  const renameat2 = foreign('renameat2', 'int', [
    'int',
    'const uint8_t *',
    'int',
    'const uint8_t *',
    'unsigned int',
  ])
  // dev_t has eight bytes in every libc; no device is ever made.
  const mknod = foreign('mknod', 'int', ['const uint8_t *', 'unsigned int', 'uint64_t'])
  const pathconf = foreign('pathconf', 'long', ['const uint8_t *', 'int'])
  const statx = declared('statx', 'int', [
    'int',
    'const uint8_t *',
    'int',
    'unsigned int',
    'uint8_t *',
  ])
  const faccessat = declared('faccessat', 'int', ['int', 'const uint8_t *', 'int', 'int'])
  return {
    // struct timespec is two longs.
    ...(utimensat &&
      koffi.sizeof('long') === 8 && {
        utimensat: async (path, times, flags) => {
          await utimensat(atWorkingDirectory, pathBytes(path), times, flags)
        },
      }),
    ...(renameat2 && {
      renameat2: async (from, to, flags) => {
        const [source, target] = [pathBytes(from), pathBytes(to)]
        await renameat2(atWorkingDirectory, source, atWorkingDirectory, target, flags)
      },
    }),
    ...(mknod && {
      mknod: async (path, mode) => {
        await mknod(pathBytes(path), mode, 0)
      },
    }),
    ...(pathconf && { pathconf: (path, name) => pathconf(pathBytes(path), name) }),
    ...(statx &&
      faccessat && {
        entryCalls: {
          statx: (directory, name, struct) =>
            statx(directory, name, atSymlinkNofollow, statxMask, struct) === 0,
          faccessat: (directory, name, rights) => faccessat(directory, name, rights, 0) === 0,
        },
      }),
  }
}

function pathBytes(path: Path): Buffer {
  const bytes = typeof path === 'string' ? encodeName(path) : path
  return Buffer.concat([bytes, Buffer.of(0)])
}

/** `values` are kept until the call is over: they hold its memory. */
function systemError(call: string, errno: number, values: readonly unknown[]): Error {
  const code = errno === 0 ? 'UNKNOWN' : getSystemErrorName(-errno)
  return Object.assign(new Error(`${call} with ${values.length} arguments: ${code}`), { code })
}
