/**
 * What a session needs of the place where files are. The local file system is one implementation;
 * others (an object store) need only these verbs. Paths are absolute and normalised, links are
 * followed unless said otherwise. Failures carry the errno and the path (storage-error.ts).
 */

import type { Owner } from './posix-storage.ts'

/** What one file is, and what this session may do with it (access(2)). */
export interface FileStatus {
  readonly type: 'file' | 'directory' | 'link' | 'other'
  /** Bytes. */
  readonly size: number
  /** The complete st_mode, type bits included. */
  readonly mode: number
  /** Nanoseconds since the epoch. */
  readonly mtimeNs: bigint
  readonly atimeNs: bigint
  readonly ctimeNs: bigint
  /** When it was made; undefined: the place does not know. */
  readonly birthTimeNs: bigint | undefined
  readonly uid: number
  readonly gid: number
  readonly links: number
  /** The same for all names of one file. */
  readonly device: bigint
  readonly inode: bigint
  /** Of links. */
  readonly target?: string
  readonly readable: boolean
  readonly writable: boolean
  readonly executable: boolean
}

export interface ListedFile {
  readonly name: string
  readonly status: FileStatus
}

/** Which file it is, and which content it had when it was opened. */
export type OpenedFile = Pick<FileStatus, 'size' | 'mtimeNs' | 'device' | 'inode'>

export interface SourceFile {
  readonly opened: OpenedFile
  /** Fills `buffer` from `position`; resolves with the bytes read, 0 only at the end. */
  read(buffer: Uint8Array, position: number): Promise<number>
  close(): Promise<void>
}

export interface TargetFile {
  /** Size when opened. */
  readonly size: number
  /** Writes all of `pieces` at `position` (appending targets: at the end). */
  write(pieces: readonly Uint8Array[], position: number): Promise<void>
  /** Sets the times to now, as a write would. */
  touch(): Promise<void>
  /** Owner, mode, times, in this order. */
  change(changes: FileChanges): Promise<void>
  status(): Promise<FileStatus>
  close(): Promise<void>
}

/** What happens to the bytes that a file to be written already has. */
export type WriteMode = 'replace' | 'in-place' | 'append'

/** Whether the last name of a path may stand for a link itself. */
export type LinkHandling = 'follow' | 'show'

/** What is absent stays. */
export interface TimeChanges {
  readonly mtimeNs?: bigint | 'now'
  readonly atimeNs?: bigint | 'now'
}

/** As above. */
export interface FileChanges {
  readonly owner?: Partial<Owner>
  readonly mode?: number
  readonly times?: TimeChanges
}

export interface StoredTimes {
  readonly mtimeNs: bigint
  readonly atimeNs: bigint
}

export interface Storage extends AsyncDisposable {
  status(path: string, links?: LinkHandling): Promise<FileStatus>

  /**
   * Every entry except `.` and `..`, in batches; what cannot be looked at (vanished meanwhile, links
   * that are followed and dangle or lead out of the base) is left out.
   */
  list(path: string, links?: LinkHandling): AsyncIterable<readonly ListedFile[]>

  /** EISDIR for a directory, EOPNOTSUPP for what is no regular file. */
  openToRead(path: string): Promise<SourceFile>

  /** Creates a missing file (mode 666 & ~umask), also through a dangling link that stays inside. */
  openToWrite(path: string, mode: WriteMode): Promise<TargetFile>

  makeDirectory(path: string): Promise<void>
  removeDirectory(path: string): Promise<void>
  /** A link itself, never its target. */
  removeFile(path: string): Promise<void>
  /** rename(2), on links themselves. */
  rename(from: string, to: string): Promise<void>

  setMode(path: string, mode: number): Promise<void>
  /** Resolves with what is stored now. */
  setTimes(path: string, times: TimeChanges, links: LinkHandling): Promise<StoredTimes>
}
