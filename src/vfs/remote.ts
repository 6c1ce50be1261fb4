/**
 * The port through which the vfs sees the far side. One implementation speaks UFTP
 * (uftp/remote.ts); others (plain FTP, an object store) need only these verbs.
 *
 * Paths are absolute within the mount: `/` is the mounted directory, components are separated by
 * one slash, `.` and `..` never occur, names follow support/name-bytes.ts. Failures are ErrnoErrors
 * that carry the far side's own errno; a failure is never a short read or an empty listing. Every
 * verb waits for at most the implementation's time limit or until `signal` fires.
 *
 * The vfs keeps order: it never runs two verbs that change the same path at the same time, nor a
 * transfer on a path while it is being renamed or removed.
 */

import type { ByteRange } from '../support/byte-range.ts'
import type {
  AttributeChanges,
  FilesystemStatistics,
  RemoteAttributes,
  RemoteEntry,
} from './attributes.ts'

/**
 * What not every far side can do. The verbs for it are EOPNOTSUPP elsewhere, the attributes absent.
 *
 * - `birth-times`, `access-times`, `change-times`: told (access times can be set, too);
 * - `links`: symbolic links are seen and made; hard links are made, and known by `fileId` and `nlink`;
 * - `nodes`: FIFOs and sockets can be made;
 * - `owners`: told as numbers of the far side; `giving`: and this session may give files to others;
 * - `truncation`: of any file to any size in one step, atomically;
 * - `exclusive-rename`: without replacing, atomically; `exchange`;
 * - `statistics`, `sync`, `copies`: the verbs of that name.
 */
export type RemoteCapability =
  | 'access-times'
  | 'birth-times'
  | 'change-times'
  | 'copies'
  | 'exchange'
  | 'exclusive-rename'
  | 'giving'
  | 'links'
  | 'nodes'
  | 'owners'
  | 'statistics'
  | 'sync'
  | 'truncation'

/** To whom a new file is given, where the far side has `giving`. */
export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** What is absent stays. */
export type NewAttributes = Omit<AttributeChanges, 'size'>

export interface Remote extends AsyncDisposable {
  readonly capabilities: ReadonlySet<RemoteCapability>
  /** As whom we act there, where it has `owners`. */
  readonly identity: Owner | undefined
  /** The shortest time that a question and its answer have taken lately. */
  readonly roundTripMs: number

  /** Attributes of what the path leads to (links are followed where links cannot be seen). */
  stat(path: string, signal?: AbortSignal): Promise<RemoteAttributes>

  /**
   * The whole directory with the attributes of each entry. Until `awaited` fires no program waits for
   * it, and it must not hold up those that do.
   */
  list(path: string, signal?: AbortSignal, awaited?: AbortSignal): Promise<readonly RemoteEntry[]>

  /**
   * Streams a range into `sink`, in order from `range.start`. Resolves with the number of bytes
   * delivered: fewer than asked only if the file ends there. Bytes delivered before a failure or an
   * abort are good.
   */
  read(path: string, range: ByteRange, sink: ByteSink, signal?: AbortSignal): Promise<number>

  /**
   * Writes `data` (pieces in order) at `offset` of a file, creating it if missing and filling a gap
   * behind its end with zeros; bytes outside the range stay. Resolves once the far side has
   * confirmed that the file holds at least `offset` + length bytes, with size and mtime after the
   * write.
   */
  write(
    path: string,
    offset: number,
    data: readonly Uint8Array[],
    signal?: AbortSignal,
  ): Promise<WrittenState>

  /**
   * Writes as `write` and then sets attributes as `setAttributes`, without a wait between. Rejects
   * with the refusal of the data; the attributes may be set even then.
   */
  writeLast(
    path: string,
    offset: number,
    data: readonly Uint8Array[],
    attributes: NewAttributes,
    signal?: AbortSignal,
  ): Promise<FinishedState>

  /**
   * Makes an empty regular file with these permission bits and tells its attributes. EEXIST if the
   * path exists; whether that check is atomic is the far side's matter.
   */
  create(path: string, mode: number, owner?: Owner, signal?: AbortSignal): Promise<RemoteAttributes>

  /** Cuts or extends (with zeros) a file to `size` bytes. */
  truncate(path: string, size: number, signal?: AbortSignal): Promise<void>

  makeDirectory(
    path: string,
    mode: number,
    owner?: Owner,
    signal?: AbortSignal,
  ): Promise<RemoteAttributes>
  makeNode(
    path: string,
    type: 'fifo' | 'socket',
    mode: number,
    owner?: Owner,
    signal?: AbortSignal,
  ): Promise<RemoteAttributes>
  makeSymlink(
    path: string,
    target: string,
    owner?: Owner,
    signal?: AbortSignal,
  ): Promise<RemoteAttributes>
  /** A further name of a file; its attributes now. */
  link(existing: string, path: string, signal?: AbortSignal): Promise<RemoteAttributes>
  removeFile(path: string, signal?: AbortSignal): Promise<void>
  removeDirectory(path: string, signal?: AbortSignal): Promise<void>

  /** rename(2): replaces an existing file or empty directory at `to` atomically. */
  rename(
    from: string,
    to: string,
    how: 'replace' | 'exclusive' | 'exchange',
    signal?: AbortSignal,
  ): Promise<void>

  /**
   * Sets owner, mode, times, in this order, and tells what the file has then: of the path itself, not
   * of what a link leads to; links have no mode to set. Times are rounded down to what the far side
   * can store. EOPNOTSUPP when a time cannot be expressed or, as access times without `access-times`,
   * kept; a wrong time is never left.
   */
  setAttributes(
    path: string,
    wanted: NewAttributes,
    signal?: AbortSignal,
  ): Promise<RemoteAttributes>

  statistics(path: string, signal?: AbortSignal): Promise<FilesystemStatistics>
  /** fsync(2) of what is there. */
  sync(path: string, signal?: AbortSignal): Promise<void>
  /** Copies bytes there. Resolves with their number: fewer only where `from` ends. */
  copy(
    from: string,
    range: ByteRange,
    to: string,
    offset: number,
    signal?: AbortSignal,
  ): Promise<number>
}

export interface WrittenState {
  readonly size: number
  readonly mtimeNs: bigint
}

/** Which file has been opened, and its content then. */
export interface OpenedState extends WrittenState {
  /** Absent if the far side does not tell. */
  readonly fileId?: string
}

/** A file whose bytes are there, and how it went with the attributes that followed them. */
export interface FinishedState extends WrittenState {
  readonly attributes: PromiseSettledResult<RemoteAttributes>
}

/**
 * Where a read puts its bytes, without a copy where the transport allows: the transport fills
 * `space()` from its beginning and tells `advance(n)`. `space()` is never empty while the range is
 * not complete. The path may lead to another file than when it was last asked for, and to another
 * one again when a broken read goes on: `begin()` comes before the bytes of each attempt, `opened()`
 * says what it reads, at any time before the read resolves.
 */
export interface ByteSink {
  /** False: nobody waits for these bytes yet, others come first. */
  readonly isAwaited?: boolean
  begin(): void
  opened(file: OpenedState): void
  space(): Uint8Array
  advance(length: number): void
}
