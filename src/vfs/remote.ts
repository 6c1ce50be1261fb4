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
import type { RemoteAttributes, RemoteEntry } from './attributes.ts'

export interface Remote extends AsyncDisposable {
  /** Whether attributes carry birth times, as a rule. */
  readonly tellsBirthTimes: boolean

  /** Attributes of what the path leads to (links are followed where links cannot be seen). */
  stat(path: string, signal?: AbortSignal): Promise<RemoteAttributes>

  /** The whole directory with the attributes of each entry. */
  list(path: string, signal?: AbortSignal): Promise<readonly RemoteEntry[]>

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
   * Makes an empty regular file with these permission bits and tells its attributes. EEXIST if the
   * path exists; whether that check is atomic is the far side's matter.
   */
  create(path: string, mode: number, signal?: AbortSignal): Promise<RemoteAttributes>

  /** Cuts or extends (with zeros) a file to `size` bytes. */
  truncate(path: string, size: number, signal?: AbortSignal): Promise<void>

  makeDirectory(path: string, mode: number, signal?: AbortSignal): Promise<RemoteAttributes>
  removeFile(path: string, signal?: AbortSignal): Promise<void>
  removeDirectory(path: string, signal?: AbortSignal): Promise<void>

  /** rename(2): replaces an existing file or empty directory at `to` atomically. */
  rename(from: string, to: string, signal?: AbortSignal): Promise<void>

  setMode(path: string, mode: number, signal?: AbortSignal): Promise<void>

  /**
   * Sets the modification time, rounded down to what the far side can store, and resolves with the
   * time it now has. EOPNOTSUPP when the time cannot be expressed; a wrong time is never left.
   */
  setModificationTime(path: string, mtimeNs: bigint, signal?: AbortSignal): Promise<bigint>
}

export interface WrittenState {
  readonly size: number
  readonly mtimeNs: bigint
}

/**
 * Where a read puts its bytes, without a copy where the transport allows: the transport fills
 * `space()` from its beginning and tells `advance(n)`. `space()` is never empty while the range is
 * not complete.
 */
export interface ByteSink {
  space(): Uint8Array
  advance(length: number): void
}
