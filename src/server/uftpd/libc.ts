/**
 * The calls of libc that Node does not have, through koffi. What cannot be loaded is absent, and
 * nothing that needs it is offered.
 */

import { constants } from 'node:os'
import { getSystemErrorName } from 'node:util'
import type { default as Koffi } from 'koffi'
import { encodeName } from '../../support/name-bytes.ts'
import type { Call } from './quick-calls.ts'

type Path = string | Buffer

export interface Libc {
  /** `times`: seconds and nanoseconds of access, then of modification. */
  readonly utimensat?: Call<[path: Path, times: BigInt64Array, flags: number], void>
  readonly renameat2?: Call<[from: Path, to: Path, flags: number], void>
  readonly mknod?: Call<[path: Path, mode: number], void>
  /** -1: no such limit, or not known. */
  readonly pathconf?: (path: Path, name: number) => Promise<number>
  readonly entryCalls?: EntryCalls
  readonly pinCalls?: PinCalls
}

type StatxCall = (directory: number, name: Uint8Array, struct: Uint8Array) => boolean

/**
 * About one name, which ends with NUL, in an open directory; made in this thread. False: the call
 * has failed.
 */
export interface EntryCalls {
  /** As the kernel remembers it: what is mounted there is not asked. */
  readonly recall: StatxCall
  /** As the file system tells it. */
  readonly statx: StatxCall
  readonly faccessat: (directory: number, name: Uint8Array, rights: number) => boolean
}

/**
 * What the kernel tells from its memory alone, whatever the file system (the exceptions are named in
 * docs/decisions/server-quick-calls.md); made in this thread.
 */
export interface PinCalls {
  /** openat2(2) with RESOLVE_CACHED; undefined: only another call can tell. ENOENT is thrown. */
  readonly open: (path: Path, flags: number) => number | undefined
  /** Only the device of what is open, which no file system is asked for. False: it has failed. */
  readonly statx: (fd: number, struct: Uint8Array) => boolean
}

// linux/fcntl.h, linux/stat.h, linux/fs.h: the same on every platform.
const atWorkingDirectory = -100
const atSymlinkNofollow = 0x100
export const utimeNow = (1n << 30n) - 1n
export const utimeOmit = (1n << 30n) - 2n
export const renameNoreplace = 1
export const renameExchange = 2
/** glibc's and musl's `_PC_NAME_MAX`. */
export const nameMax = 3
/** STATX_BASIC_STATS and STATX_BTIME. */
const statxMask = 0xfff
const atNoAutomount = 0x800
const atEmptyPath = 0x1000
const atStatxDontSync = 0x4000
const ofEntry = atSymlinkNofollow | atNoAutomount
/** The same on every platform of Node. */
const openat2Number = 437
/** RESOLVE_CACHED (linux/openat2.h), of Linux 5.12. */
const resolveCached = 0x20n

type ForeignCall = Call<unknown[], number>
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
  /** The two forms of a call that tells of failure by -1. */
  const foreign = (...prototype: Prototype): ForeignCall | undefined => {
    const call = declared(...prototype)
    if (!call) return undefined
    return {
      here: (...values) => {
        const value = call(...values) as number
        if (value === -1) throw systemError(prototype[0], koffi.errno(), values)
        return value
      },
      // In a thread of libuv's pool; errno is that of the call while its callback runs.
      inThread: (...values) =>
        new Promise((resolve, reject) => {
          call.async(...values, (error: Error | null, value: number) => {
            if (error) reject(error)
            else if (value === -1) reject(systemError(prototype[0], koffi.errno(), values))
            else resolve(value)
          })
        }),
    }
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
  // No libc that is common has a function for openat2(2).
  const syscall = declared('syscall', 'long', [
    'long',
    'int',
    'const uint8_t *',
    'uint8_t *',
    'size_t',
  ])
  /** struct open_how: flags, mode, resolve. */
  const how = BigUint64Array.of(0n, 0n, resolveCached)
  const hasWideLong = koffi.sizeof('long') === 8
  return {
    // struct timespec is two longs.
    ...(utimensat &&
      hasWideLong && {
        utimensat: bound(utimensat, (path, times, flags) => [
          atWorkingDirectory,
          pathBytes(path),
          times,
          flags,
        ]),
      }),
    ...(renameat2 && {
      renameat2: bound(renameat2, (from, to, flags) => [
        atWorkingDirectory,
        pathBytes(from),
        atWorkingDirectory,
        pathBytes(to),
        flags,
      ]),
    }),
    ...(mknod && { mknod: bound(mknod, (path, mode) => [pathBytes(path), mode, 0]) }),
    ...(pathconf && { pathconf: (path, name) => pathconf.inThread(pathBytes(path), name) }),
    ...(statx &&
      faccessat && {
        entryCalls: {
          recall: (directory, name, struct) =>
            statx(directory, name, ofEntry | atStatxDontSync, statxMask, struct) === 0,
          statx: (directory, name, struct) =>
            statx(directory, name, ofEntry, statxMask, struct) === 0,
          faccessat: (directory, name, rights) => faccessat(directory, name, rights, 0) === 0,
        },
      }),
    ...(statx &&
      syscall &&
      hasWideLong && {
        pinCalls: {
          open: (path, flags) => {
            how[0] = BigInt(flags) | closeOnExec
            const bytes = pathBytes(path)
            const fd = syscall(
              openat2Number,
              atWorkingDirectory,
              bytes,
              how,
              how.byteLength,
            ) as number
            if (fd >= 0) return fd
            const errno = koffi.errno()
            if (errno === constants.errno.ENOENT) throw systemError('openat2', errno, [bytes])
            return undefined
          },
          statx: (fd, struct) => statx(fd, nul, atEmptyPath | atStatxDontSync, 0, struct) === 0,
        },
      }),
  }
}

const nul = Buffer.alloc(1)
const closeOnExec = 0o2000000n

/** A foreign call with arguments that are made from others, and without a result. */
function bound<Args extends readonly unknown[]>(
  call: ForeignCall,
  values: (...args: Args) => readonly unknown[],
): Call<Args, void> {
  return {
    here: (...args) => void call.here(...values(...args)),
    inThread: async (...args) => void (await call.inThread(...values(...args))),
  }
}

function pathBytes(path: Path): Buffer {
  return typeof path === 'string' ? encodeName(`${path}\0`) : Buffer.concat([path, nul])
}

/** `values` are kept until the call is over: they hold its memory. */
function systemError(call: string, errno: number, values: readonly unknown[]): Error {
  const code = errno === 0 ? 'UNKNOWN' : getSystemErrorName(-errno)
  return Object.assign(new Error(`${call} with ${values.length} arguments: ${code}`), { code })
}
