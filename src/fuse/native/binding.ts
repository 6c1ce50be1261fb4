/**
 * The package `fuse-native` as far as it is used here: libfuse 3's high-level interface, whose
 * operations name files by path (docs/decisions/fuse-native-binding.md says which release and why).
 * It is an optional dependency with native code: loaded only when this backend is chosen.
 */

import { createRequire } from 'node:module'

/** Exact: a bigint where a number could not be. */
export type Integer = number | bigint

/** `nanoseconds` may be one of `Binding`'s UTIME_ values. */
export interface Timespec {
  readonly seconds: Integer
  readonly nanoseconds: number
}

export interface Stats {
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly size: number
  readonly nlink: number
  readonly ino: number
  readonly blksize: number
  readonly blocks: number
  readonly atime: Timespec
  readonly mtime: Timespec
  readonly ctime: Timespec
}

export interface StatisticsOfFilesystem {
  readonly bsize: number
  readonly frsize: number
  readonly blocks: number
  readonly bfree: number
  readonly bavail: number
  readonly files: number
  readonly ffree: number
  readonly favail: number
  readonly namemax: number
}

export interface OpenResult {
  readonly fd: number
  readonly keepCache: boolean
}

/** 0, a negative errno, or for some operations a count. */
export type Answer<Results extends readonly unknown[] = []> = (
  result: number,
  ...results: Results | []
) => void

/** Null where the file has been removed and only a handle leads to it. */
type Path = string | null

/** What libfuse calls. An operation that is absent is answered with ENOSYS. */
export interface Operations {
  getattr(path: Path, answer: Answer<[Stats]>): void
  fgetattr(path: Path, fd: Integer, answer: Answer<[Stats]>): void
  access(path: string, mask: number, answer: Answer): void
  statfs(path: string, answer: Answer<[StatisticsOfFilesystem]>): void
  chmodWithHandle(path: Path, fd: Integer, mode: number, answer: Answer): void
  chownWithHandle(path: Path, fd: Integer, uid: number, gid: number, answer: Answer): void
  truncate(path: Path, size: Integer, answer: Answer): void
  ftruncate(path: Path, fd: Integer, size: Integer, answer: Answer): void
  utimensWithHandle(path: Path, fd: Integer, atime: Timespec, mtime: Timespec, answer: Answer): void
  open(path: string, flags: number, answer: Answer<[OpenResult]>): void
  createWithFlags(path: string, mode: number, flags: number, answer: Answer<[OpenResult]>): void
  readBuffer(
    path: Path,
    fd: Integer,
    length: number,
    position: Integer,
    answer: Answer<[Buffer]>,
  ): void
  write(
    path: Path,
    fd: Integer,
    data: Buffer,
    length: number,
    position: Integer,
    answer: Answer,
  ): void
  flush(path: Path, fd: Integer, answer: Answer): void
  fsync(path: Path, dataOnly: boolean, fd: Integer, answer: Answer): void
  release(path: Path, fd: Integer, answer: Answer): void
  opendir(path: string, flags: number, answer: Answer<[number]>): void
  readdirPaged(
    path: Path,
    fd: Integer,
    offset: Integer,
    answer: Answer<[readonly string[], readonly Stats[], readonly number[]]>,
  ): void
  fsyncdir(path: Path, dataOnly: boolean, fd: Integer, answer: Answer): void
  releasedir(path: Path, fd: Integer, answer: Answer): void
  mknod(path: string, mode: number, device: Integer, answer: Answer): void
  mkdir(path: string, mode: number, answer: Answer): void
  symlink(target: string, path: string, answer: Answer): void
  readlink(path: string, answer: Answer<[string]>): void
  link(path: string, newPath: string, answer: Answer): void
  unlink(path: string, answer: Answer): void
  rmdir(path: string, answer: Answer): void
  renameWithFlags(path: string, newPath: string, flags: number, answer: Answer): void
  lseek?(path: Path, fd: Integer, offset: Integer, whence: number, answer: Answer<[number]>): void
  fallocate?(
    path: Path,
    fd: Integer,
    mode: number,
    offset: Integer,
    length: Integer,
    answer: Answer,
  ): void
  copyFileRange?(
    path: Path,
    fd: Integer,
    offset: Integer,
    newPath: Path,
    newFd: Integer,
    newOffset: Integer,
    length: Integer,
    flags: number,
    answer: Answer,
  ): void
  /** The file system has ended. */
  destroy(answer: Answer): void
}

export interface FuseOptions {
  readonly timeout: false
  readonly maxConcurrency: number
  readonly nullPathOk: true
  readonly fsname: string
  readonly subtype: string
  readonly allowOther: boolean
  readonly defaultPermissions: boolean
  readonly entryTimeout: number
  readonly attrTimeout: number
  readonly maxRead?: number
  readonly onError: (error: unknown, operation: string) => void
}

export interface RequestContext {
  readonly uid: number
  readonly gid: number
  readonly pid: number
  readonly fileInfo: { readonly writepage: boolean } | null
}

/** One mount. */
export interface Fuse {
  mount(done: (error?: Error | null) => void): void
  unmount(done: (error: Error | null) => void): void
  /** Who asks; only while an operation runs. */
  context(): RequestContext | null
}

export interface Binding {
  new (mountpoint: string, operations: Operations, options: FuseOptions): Fuse
  readonly UTIME_NOW: number
  readonly UTIME_OMIT: number
}

const packageName = 'fuse-native'

/** Throws an Error whose message is one line for the user. */
export function loadBinding(load: NodeJS.Require = createRequire(import.meta.url)): Binding {
  try {
    return load(packageName) as Binding
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const missing = code === 'MODULE_NOT_FOUND' && message.includes(`'${packageName}'`)
    const reason = missing ? 'it is not installed' : `it cannot be loaded: ${firstLine(message)}`
    throw new Error(
      `the native backend needs the package ${packageName}, but ${reason} ` +
        '(see "The native backend" in the README; the kernel backend does without)',
      { cause: error },
    )
  }
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!
}
