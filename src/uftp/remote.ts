/**
 * The vfs's view of a UFTP server: its verbs on a pool of sessions.
 */

import type { ByteRange } from '../support/byte-range.ts'
import type { Clock } from '../support/clock.ts'
import { ErrnoError } from '../support/errno-error.ts'
import type { Logger } from '../support/logger.ts'
import type { RemoteAttributes, RemoteEntry } from '../vfs/attributes.ts'
import type { FilesystemStatistics } from '../vfs/filesystem.ts'
import type {
  ByteSink,
  Owner,
  Remote,
  RemoteCapability,
  TimeChanges,
  WrittenState,
} from '../vfs/remote.ts'
import { queryAttributes } from './attribute-query.ts'
import { createDirectory, createFile } from './file-creation.ts'
import { setMode } from './file-facts.ts'
import { writeRange } from './file-write.ts'
import { listDirectory } from './listing.ts'
import type { SessionTicket } from './session-ticket.ts'
import { setModificationTime } from './modification-time.ts'
import { removeEntry, renamePath } from './namespace-changes.ts'
import { Retry, type Operation } from './retry.ts'
import { ServerTraits } from './server-traits.ts'
import { SessionPool } from './session-pool.ts'
import { truncateFile, type RunOnSession } from './truncation.ts'

export interface UftpRemoteOptions {
  /** Gives a session ticket; called again when the last one has become void. */
  readonly signOn: (signal?: AbortSignal) => Promise<SessionTicket>
  /** The base directory that was asked for at sign-on, if it was absolute. */
  readonly base?: string
  /** A directory to go to after login; what is mounted then. */
  readonly directory?: string
  /** Sessions at most; one is for metadata. */
  readonly sessions?: number
  /** How long an operation may be repeated on new sessions, and how long silence is suffered. */
  readonly timeoutMs?: number
  readonly log: Logger
  readonly clock: Clock
  readonly signal?: AbortSignal
}

const sessionsDefault = 4
const timeoutMsDefault = 60_000

export class UftpRemote implements Remote {
  readonly #pool: SessionPool
  readonly #traits: ServerTraits
  readonly #retry: Retry

  /**
   * Signs on and opens the metadata session. Rejects with SignOnError, SessionRefused or
   * ConnectionLost.
   */
  static async connect(options: UftpRemoteOptions): Promise<UftpRemote> {
    const traits = new ServerTraits(options.log)
    const timeoutMs = options.timeoutMs ?? timeoutMsDefault
    const pool = new SessionPool({
      signOn: options.signOn,
      traits,
      sessions: options.sessions ?? sessionsDefault,
      silenceMs: timeoutMs,
      base: options.base,
      directory: options.directory,
      clock: options.clock,
      log: options.log,
    })
    try {
      await pool.metadata(options.signal)
    } catch (error) {
      await pool.close()
      throw error
    }
    return new UftpRemote(pool, traits, new Retry({ pool, timeoutMs, clock: options.clock }))
  }

  private constructor(pool: SessionPool, traits: ServerTraits, retry: Retry) {
    this.#pool = pool
    this.#traits = traits
    this.#retry = retry
  }

  get capabilities(): ReadonlySet<RemoteCapability> {
    return new Set(this.#traits.tellsBirthTimes ? ['birth-times'] : [])
  }

  readonly identity = undefined

  stat(path: string, signal?: AbortSignal): Promise<RemoteAttributes> {
    return this.#metadata((session) => queryAttributes(session, this.#path(path), signal), signal)
  }

  list(path: string, signal?: AbortSignal): Promise<readonly RemoteEntry[]> {
    return this.#retry.listing(
      (session) => listDirectory(session, this.#path(path), signal),
      signal,
    )
  }

  read(path: string, range: ByteRange, sink: ByteSink, signal?: AbortSignal): Promise<number> {
    return this.#retry.read(this.#path(path), range, sink, signal)
  }

  write(
    path: string,
    offset: number,
    data: readonly Uint8Array[],
    signal?: AbortSignal,
  ): Promise<WrittenState> {
    return this.#retry.transfer(
      (session) => writeRange(session, this.#path(path), offset, data, signal),
      signal,
    )
  }

  create(
    path: string,
    mode: number,
    _owner?: Owner,
    signal?: AbortSignal,
  ): Promise<RemoteAttributes> {
    return this.#metadata(
      (session, isRepetition) => createFile(session, this.#path(path), mode, isRepetition, signal),
      signal,
    )
  }

  truncate(path: string, size: number, signal?: AbortSignal): Promise<void> {
    const run: RunOnSession = (step, stepSignal) => this.#retry.transfer(step, stepSignal)
    return truncateFile(run, this.#path(path), size, signal)
  }

  makeDirectory(
    path: string,
    mode: number,
    _owner?: Owner,
    signal?: AbortSignal,
  ): Promise<RemoteAttributes> {
    return this.#metadata(
      (session, isRepetition) =>
        createDirectory(session, this.#path(path), mode, isRepetition, signal),
      signal,
    )
  }

  removeFile(path: string, signal?: AbortSignal): Promise<void> {
    return this.#metadata(
      (session, isRepetition) =>
        removeEntry(session, 'DELE', this.#path(path), isRepetition, signal),
      signal,
    )
  }

  removeDirectory(path: string, signal?: AbortSignal): Promise<void> {
    return this.#metadata(
      (session, isRepetition) =>
        removeEntry(session, 'RMD', this.#path(path), isRepetition, signal),
      signal,
    )
  }

  makeNode(): Promise<RemoteAttributes> {
    return Promise.reject(new ErrnoError('EOPNOTSUPP', 'mknod'))
  }

  makeSymlink(): Promise<RemoteAttributes> {
    return Promise.reject(new ErrnoError('EOPNOTSUPP', 'symlink'))
  }

  link(): Promise<RemoteAttributes> {
    return Promise.reject(new ErrnoError('EOPNOTSUPP', 'link'))
  }

  setOwner(): Promise<void> {
    return Promise.reject(new ErrnoError('EOPNOTSUPP', 'chown'))
  }

  statistics(): Promise<FilesystemStatistics> {
    return Promise.reject(new ErrnoError('EOPNOTSUPP', 'statfs'))
  }

  sync(): Promise<void> {
    return Promise.reject(new ErrnoError('EOPNOTSUPP', 'fsync'))
  }

  copy(): Promise<number> {
    return Promise.reject(new ErrnoError('EOPNOTSUPP', 'copy'))
  }

  rename(from: string, to: string, _how: string, signal?: AbortSignal): Promise<void> {
    return this.#metadata(
      (session, isRepetition) =>
        renamePath(session, this.#path(from), this.#path(to), isRepetition, signal),
      signal,
    )
  }

  setMode(path: string, mode: number, signal?: AbortSignal): Promise<void> {
    return this.#metadata((session) => setMode(session, this.#path(path), mode, signal), signal)
  }

  async setTimes(
    path: string,
    { mtimeNs }: TimeChanges,
    signal?: AbortSignal,
  ): Promise<RemoteAttributes> {
    if (mtimeNs === undefined || mtimeNs === 'now') throw new ErrnoError('EOPNOTSUPP', 'utimensat')
    await this.#metadata(
      (session) => setModificationTime(session, this.#path(path), mtimeNs, signal),
      signal,
    )
    return this.stat(path, signal)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#pool.close()
  }

  #path(path: string): string {
    return this.#traits.path(path)
  }

  #metadata<T>(operation: Operation<T>, signal?: AbortSignal): Promise<T> {
    return this.#retry.metadata(operation, signal)
  }
}
