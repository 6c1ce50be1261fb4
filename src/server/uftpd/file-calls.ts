/** The calls of node:fs that commands make, for quick-calls.ts. Times and sizes are bigints. */

import * as fs from 'node:fs'
import { promisify } from 'node:util'
import type { Call } from './quick-calls.ts'

type Path = string | Buffer

const bigint = { bigint: true } as const
const asBytes = { encoding: 'buffer' } as const
const asLatin1 = { encoding: 'latin1' } as const

const threadedAccess = promisify(fs.access)
const threadedFstat = promisify(fs.fstat)
const threadedLstat = promisify(fs.lstat)
const threadedRead = promisify(fs.read)
const threadedReaddir = promisify(fs.readdir)
const threadedReadlink = promisify(fs.readlink)
const threadedStatfs = promisify(fs.statfs)
const threadedSymlink = promisify(fs.symlink)
const threadedWritev = promisify(fs.writev)

export const open: Call<[path: Path, flags: number, mode?: number], number> = {
  here: fs.openSync,
  inThread: promisify(fs.open),
}

export const close: Call<[fd: number], void> = {
  here: fs.closeSync,
  inThread: promisify(fs.close),
}

export const fstat: Call<[fd: number], fs.BigIntStats> = {
  here: (fd) => fs.fstatSync(fd, bigint),
  inThread: (fd) => threadedFstat(fd, bigint),
}

export const lstat: Call<[path: Path], fs.BigIntStats> = {
  here: (path) => fs.lstatSync(path, bigint),
  inThread: (path) => threadedLstat(path, bigint),
}

/** Whether access(2) grants all of these rights. */
export const access: Call<[path: Path, rights: number], boolean> = {
  here: (path, rights) => {
    try {
      fs.accessSync(path, rights)
      return true
    } catch {
      return false
    }
  },
  inThread: async (path, rights) => {
    try {
      await threadedAccess(path, rights)
      return true
    } catch {
      return false
    }
  },
}

export const readlink: Call<[path: Path], Buffer> = {
  here: (path) => fs.readlinkSync(path, asBytes),
  inThread: (path) => threadedReadlink(path, asBytes),
}

/** Names as latin1, in which a character is a byte: the smallest form of what need not be UTF-8. */
export const readdir: Call<[path: Path], string[]> = {
  here: (path) => fs.readdirSync(path, asLatin1),
  inThread: (path) => threadedReaddir(path, asLatin1),
}

export const statfs: Call<[path: Path], fs.BigIntStatsFs> = {
  here: (path) => fs.statfsSync(path, bigint),
  inThread: (path) => threadedStatfs(path, bigint),
}

/** pread(2). */
export const read: Call<[fd: number, buffer: Uint8Array, position: number], number> = {
  here: (fd, buffer, position) => fs.readSync(fd, buffer, 0, buffer.length, position),
  inThread: async (fd, buffer, position) =>
    (await threadedRead(fd, buffer, 0, buffer.length, position)).bytesRead,
}

/** pwritev(2). */
export const write: Call<[fd: number, pieces: readonly Uint8Array[], position: number], number> = {
  here: (fd, pieces, position) => fs.writevSync(fd, pieces, position),
  inThread: async (fd, pieces, position) =>
    (await threadedWritev(fd, pieces, position)).bytesWritten,
}

export const truncate: Call<[fd: number, size: number], void> = {
  here: fs.ftruncateSync,
  inThread: promisify(fs.ftruncate),
}

/** Sets the times of access and modification, in seconds. */
export const setTimesOfOpen: Call<[fd: number, atime: number, mtime: number], void> = {
  here: fs.futimesSync,
  inThread: promisify(fs.futimes),
}

export const setTimes: Call<[path: Path, atime: number | Date, mtime: number | Date], void> = {
  here: fs.utimesSync,
  inThread: promisify(fs.utimes),
}

export const chmod: Call<[path: Path, mode: number], void> = {
  here: fs.chmodSync,
  inThread: promisify(fs.chmod),
}

export const chown: Call<[path: Path, uid: number, gid: number], void> = {
  here: fs.chownSync,
  inThread: promisify(fs.chown),
}

export const mkdir: Call<[path: Path, mode?: number], void> = {
  here: (path, mode) => {
    fs.mkdirSync(path, mode)
  },
  inThread: promisify(fs.mkdir) as (path: Path, mode?: number) => Promise<void>,
}

export const rmdir: Call<[path: Path], void> = {
  here: (path) => fs.rmdirSync(path),
  inThread: promisify(fs.rmdir),
}

export const unlink: Call<[path: Path], void> = {
  here: fs.unlinkSync,
  inThread: promisify(fs.unlink),
}

export const rename: Call<[from: Path, to: Path], void> = {
  here: fs.renameSync,
  inThread: promisify(fs.rename),
}

export const link: Call<[existing: Path, path: Path], void> = {
  here: fs.linkSync,
  inThread: promisify(fs.link),
}

export const symlink: Call<[target: Path, path: Path], void> = {
  here: (target, path) => fs.symlinkSync(target, path),
  inThread: (target, path) => threadedSymlink(target, path),
}
