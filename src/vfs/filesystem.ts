/**
 * The verbs that the FUSE adapters call: POSIX operations on inodes (nodeid) and open files (fh).
 * `Vfs` implements it. Names are single path components as in support/name-bytes.ts. Every verb
 * rejects with an ErrnoError; `context.signal` fires on FUSE_INTERRUPT and at unmount.
 */

import type { ByteRange } from '../support/byte-range.ts'
import type { AttributeChanges, Attributes, FilesystemStatistics, FileType } from './attributes.ts'

/** The root directory's nodeid (FUSE_ROOT_ID). */
export const rootNodeid = 1

/** Who waits for an answer. */
export interface Reader {
  readonly signal?: AbortSignal | undefined
  /**
   * Has `release` called once the bytes of an answer have been taken, and their memory may be used
   * again. Without it the bytes are copied.
   */
  readonly onAnswered?: (release: () => void) => void
}

/** Who asks. */
export interface Caller extends Reader {
  readonly uid: number
  readonly gid: number
  readonly pid: number
}

/** Attributes and for how long the kernel may believe them. */
export interface TimedAttributes {
  readonly attributes: Attributes
  readonly attributeTimeoutMs: number
}

/** A name's answer; counts as one lookup (nlookup) of the nodeid. */
export interface Entry extends TimedAttributes {
  readonly nodeid: number
  readonly generation: number
  readonly entryTimeoutMs: number
}

/** The name does not exist, and for how long the kernel may believe that. */
export interface NegativeEntry {
  readonly nodeid: 0
  readonly entryTimeoutMs: number
}

export interface OpenFlags {
  readonly access: 'read' | 'write' | 'read-write'
  readonly append: boolean
  readonly truncate: boolean
  readonly exclusive: boolean
}

export interface OpenedFile {
  readonly fh: number
  /** The kernel may keep the pages it has of this inode: the remote version is unchanged. */
  readonly keepCache: boolean
}

export interface OpenedDirectory extends OpenedFile {
  /** The kernel may keep the names that it reads, and need not ask for those that it has kept. */
  readonly cacheNames: boolean
}

export interface DirectoryEntry {
  readonly name: string
  readonly ino: number
  readonly type: FileType
  /** Opaque position after this entry; the next call starts there. */
  readonly cookie: number
  /**
   * For readdirplus: looks the entry up (counting nlookup) and gives its entry. Called only for
   * entries that fit into the reply. Absent for `.` and `..`; gives undefined when the name is not
   * there any more.
   */
  resolve?(): Entry | undefined
}

export interface RenameFlags {
  readonly noReplace: boolean
  readonly exchange: boolean
}

/** fallocate(2) with its mode: what happens to the range. All but `reserve` leave zeros behind. */
export type Allocation = 'reserve' | 'punch-hole' | 'zero-range'

/** A place in an open file. */
export interface FilePosition {
  readonly fh: number
  readonly offset: number
}

/**
 * A verb that a file system does not have is absent: adapters then answer ENOSYS, the kernel stops
 * asking and does without, or tells the program EOPNOTSUPP.
 */
export interface Filesystem {
  /** Whether attributes carry a birth time. If not, nobody needs to ask for it. */
  readonly tellsBirthTimes: boolean

  lookup(parent: number, name: string, caller: Caller): Promise<Entry | NegativeEntry>
  /** Takes back `nlookup` lookups of a nodeid. Never fails. */
  forget(nodeid: number, nlookup: number): void

  getAttributes(nodeid: number, fh: number | undefined, caller: Caller): Promise<TimedAttributes>
  setAttributes(
    nodeid: number,
    changes: AttributeChanges,
    fh: number | undefined,
    caller: Caller,
  ): Promise<TimedAttributes>
  /** `mask`: any of R_OK 4, W_OK 2, X_OK 1; 0 is F_OK. */
  access(nodeid: number, mask: number, caller: Caller): Promise<void>

  open(nodeid: number, flags: OpenFlags, caller: Caller): Promise<OpenedFile>
  /** `mode` already has the caller's umask applied. */
  create(
    parent: number,
    name: string,
    mode: number,
    flags: OpenFlags,
    caller: Caller,
  ): Promise<{ readonly entry: Entry; readonly file: OpenedFile }>
  /** At most `size` bytes as pieces in order; fewer only at the end of the file. */
  read(fh: number, offset: number, size: number, caller: Caller): Promise<readonly Uint8Array[]>
  /**
   * Takes a copy of `data` where it must keep it. Resolves with the bytes accepted. `fromMapping`: a
   * page of a shared mapping, which goes to its place even through a handle that appends.
   */
  write(
    fh: number,
    offset: number,
    data: Uint8Array,
    caller: Caller,
    fromMapping?: boolean,
  ): Promise<number>
  /** close(2) of one descriptor: delivers pending write errors. */
  flush(fh: number, caller: Caller): Promise<void>
  fsync(fh: number, caller: Caller): Promise<void>
  /** The last descriptor is gone. */
  release(fh: number): Promise<void>

  /**
   * lseek(2) with SEEK_DATA or SEEK_HOLE: the first offset from `offset` on that holds data, or none.
   * ENXIO: `offset` is at or behind the end, or no data follows.
   */
  seek?(fh: number, offset: number, whence: 'data' | 'hole', caller: Caller): Promise<number>
  /** fallocate(2). `keepSize`: the file does not grow. EOPNOTSUPP for what cannot be promised. */
  allocate?(
    fh: number,
    range: ByteRange,
    allocation: Allocation,
    keepSize: boolean,
    caller: Caller,
  ): Promise<void>
  /** copy_file_range(2). Resolves with the bytes copied: fewer than asked are no failure. */
  copyRange?(from: FilePosition, to: FilePosition, length: number, caller: Caller): Promise<number>

  /** `isForReading`: its names are going to be read at once. */
  openDirectory(nodeid: number, isForReading: boolean, caller: Caller): Promise<OpenedDirectory>
  /** Entries after `cookie` (0: from the start), all that are known; empty at the end. */
  readDirectory(fh: number, cookie: number, caller: Caller): Promise<Iterable<DirectoryEntry>>
  releaseDirectory(fh: number): Promise<void>

  /** mknod(2) of what is neither a directory nor a link; EPERM for types that cannot be made. */
  makeNode(
    parent: number,
    name: string,
    type: FileType,
    mode: number,
    caller: Caller,
  ): Promise<Entry>
  /** `target` is any text without NUL, in the form of names. EPERM: there are no links here. */
  makeSymlink(parent: number, name: string, target: string, caller: Caller): Promise<Entry>
  /** The target of a symbolic link. EINVAL: it is something else. */
  readLink(nodeid: number, caller: Caller): Promise<string>
  /** A further name of a file. EPERM: there are no hard links here. */
  link(nodeid: number, newParent: number, newName: string, caller: Caller): Promise<Entry>
  makeDirectory(parent: number, name: string, mode: number, caller: Caller): Promise<Entry>
  unlink(parent: number, name: string, caller: Caller): Promise<void>
  removeDirectory(parent: number, name: string, caller: Caller): Promise<void>
  rename(
    parent: number,
    name: string,
    newParent: number,
    newName: string,
    flags: RenameFlags,
    caller: Caller,
  ): Promise<void>

  statistics(caller: Caller): Promise<FilesystemStatistics>

  /** What the vfs wants the kernel to forget; set by the adapter that can do it. */
  setInvalidation(listener: Invalidation): void

  /** Writes everything that is pending; called before unmount. */
  sync(): Promise<void>
}

/** Asks the kernel to drop what it caches. */
export interface Invalidation {
  invalidateInode(nodeid: number): void
  /**
   * Size and times alone; resolves when the kernel has dropped them, and never waits for requests.
   */
  invalidateAttributes(nodeid: number): Promise<void>
  invalidateEntry(parent: number, name: string): void
}
