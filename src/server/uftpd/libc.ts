/**
 * The calls of libc that Node does not have, through koffi. What cannot be loaded is absent, and
 * nothing that needs it is offered.
 */

import { getSystemErrorName } from 'node:util'
import { encodeName } from '../../support/name-bytes.ts'

type Path = string | Buffer

export interface Libc {
  /** `times`: seconds and nanoseconds of access, then of modification. */
  readonly utimensat?: (path: Path, times: BigInt64Array, flags: number) => Promise<void>
  readonly renameat2?: (from: Path, to: Path, flags: number) => Promise<void>
  readonly mknod?: (path: Path, mode: number) => Promise<void>
  /** -1: no such limit, or not known. */
  readonly pathconf?: (path: Path, name: number) => Promise<number>
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

type ForeignCall = (...values: unknown[]) => Promise<number>

let loaded: Promise<Libc> | undefined

/** Loaded once, and only by a server that starts. */
export function loadLibc(): Promise<Libc> {
  return (loaded ??= load())
}

async function load(): Promise<Libc> {
  let foreign: (name: string, result: string, parameters: string[]) => ForeignCall | undefined
  let longBytes: number
  try {
    const { default: koffi } = await import('koffi')
    const library = koffi.load(null)
    longBytes = koffi.sizeof('long')
    foreign = (name, result, parameters) => {
      try {
        const call = library.func(name, result, parameters)
        // In a thread of libuv's pool; errno is that of the call while its callback runs.
        return (...values) =>
          new Promise((resolve, reject) => {
            call.async(...values, (error: Error | null, value: number) => {
              if (error) reject(error)
              else if (value === -1) reject(systemError(name, koffi.errno(), values))
              else resolve(value)
            })
          })
      } catch {
        return undefined
      }
    }
  } catch {
    return {}
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
  return {
    // struct timespec is two longs.
    ...(utimensat &&
      longBytes === 8 && {
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
