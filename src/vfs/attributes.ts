/**
 * What is known of a file. Times are nanoseconds since the epoch (UTC), sizes bytes.
 */

export type FileType =
  'file' | 'directory' | 'symlink' | 'fifo' | 'socket' | 'character-device' | 'block-device'

/** What the far side tells of a file. `undefined`: it does not say. */
export interface RemoteAttributes {
  readonly type: FileType
  readonly size: number
  /** Permission bits, 0o7777 at most. */
  readonly mode: number | undefined
  /** What we may do with it there, as access(2): 4 read, 2 write, 1 execute or search. */
  readonly access: number | undefined
  readonly mtimeNs: bigint
  // Absent: it does not say.
  readonly birthTimeNs?: bigint
  readonly atimeNs?: bigint
  readonly ctimeNs?: bigint
  readonly nlink?: number
  /** The far side's numbers. */
  readonly uid?: number
  readonly gid?: number
  /** The same for all names of one file, another one for another file. */
  readonly fileId?: string
  /** Of symbolic links. */
  readonly linkTarget?: string
}

/** One entry of a remote directory; `.` and `..` never appear. */
export interface RemoteEntry {
  readonly name: string
  readonly attributes: RemoteAttributes
}

/** Everything a stat(2) answers; what the far side does not say is filled in by the vfs. */
export interface Attributes {
  readonly ino: number
  readonly type: FileType
  readonly size: number
  /** Permission bits, 0o7777 at most. */
  readonly mode: number
  readonly nlink: number
  readonly uid: number
  readonly gid: number
  readonly atimeNs: bigint
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
  /** When the file was made. Absent: not known. */
  readonly birthTimeNs?: bigint
}

/** A change of attributes; what is absent stays. */
export interface AttributeChanges {
  readonly mode?: number
  readonly uid?: number
  readonly gid?: number
  readonly size?: number
  /** `'now'`: the time of the change. */
  readonly atimeNs?: bigint | 'now'
  readonly mtimeNs?: bigint | 'now'
}

/** What statfs(2) tells. */
export interface FilesystemStatistics {
  readonly blockSize: number
  readonly blocks: number
  readonly blocksFree: number
  readonly blocksAvailable: number
  readonly files: number
  readonly filesFree: number
  readonly nameLengthMax: number
}
