/**
 * The vfs's view of a UFTP server: its verbs on a pool of sessions.
 */

import type { ByteRange } from '../support/byte-range.ts'
import type { Clock } from '../support/clock.ts'
import type { Logger } from '../support/logger.ts'
import type { RemoteAttributes, RemoteEntry } from '../vfs/attributes.ts'
import type {
  ByteSink,
  FinishedState,
  NewAttributes,
  Owner,
  Remote,
  RemoteCapability,
  WrittenState,
} from '../vfs/remote.ts'
import { queryAttributes } from './attribute-query.ts'
import { mayBeRenamedToChange } from './blank-names.ts'
import { capabilitiesOf } from './capabilities.ts'
import { setAttributes } from './file-facts.ts'
import { writeRange } from './file-write.ts'
import { writeLast } from './last-write.ts'
import { listDirectory } from './listing.ts'
import { makeEntry, type NewEntry } from './new-entries.ts'
import { removeEntry } from './removal.ts'
import { Exchange, renameExclusively, renameReplacing } from './renaming.ts'
import { Retry, type Operation, type RunOnSession } from './retry.ts'
import { ServerTraits } from './server-traits.ts'
import { SessionPool } from './session-pool.ts'
import type { SessionTicket } from './session-ticket.ts'
import type { Session } from './session.ts'
import { copyRange, queryStatistics, syncStorage, type StorageStatistics } from './storage.ts'
import { truncateFile } from './truncation.ts'

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

const sessionsDefault = 8
const timeoutMsDefault = 60_000

export class UftpRemote implements Remote {
  readonly #pool: SessionPool
  readonly #traits: ServerTraits
  readonly #retry: Retry
  readonly #clock: Clock
  readonly capabilities: ReadonlySet<RemoteCapability>
  readonly identity: Owner | undefined

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
    const retry = new Retry({ pool, timeoutMs, clock: options.clock })
    return new UftpRemote(pool, traits, retry, options.clock)
  }

  private constructor(pool: SessionPool, traits: ServerTraits, retry: Retry, clock: Clock) {
    this.#pool = pool
    this.#traits = traits
    this.#retry = retry
    this.#clock = clock
    this.capabilities = capabilitiesOf(traits.agreement)
    this.identity = traits.agreement.identity
  }

  /** Opens what the first transfer needs. Never rejects: what fails is for that one to meet. */
  async prepareTransfers(): Promise<void> {
    try {
      await this.#pool.prepare()
    } catch (error) {
      this.#traits.log.debug('no session in advance', { error: String(error) })
    }
  }

  get roundTripMs(): number {
    return this.#traits.roundTrip.ms
  }

  stat(path: string, signal?: AbortSignal): Promise<RemoteAttributes> {
    return this.#metadata((session) => queryAttributes(session, this.#path(path), signal), signal)
  }

  list(path: string, signal?: AbortSignal, awaited?: AbortSignal): Promise<readonly RemoteEntry[]> {
    return this.#retry.listing(
      (session) => listDirectory(session, this.#path(path), signal),
      signal,
      awaited,
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
    return this.#retry.write(
      data,
      (session) => writeRange(session, this.#path(path), offset, data, signal),
      signal,
    )
  }

  async writeLast(
    path: string,
    offset: number,
    data: readonly Uint8Array[],
    attributes: NewAttributes,
    signal?: AbortSignal,
  ): Promise<FinishedState> {
    if (mayBeRenamedToChange(this.#traits, this.#path(path))) {
      // If the session broke meanwhile, the data would be sent again to a name that is not there.
      const written = await this.write(path, offset, data, signal)
      const [set] = await Promise.allSettled([this.setAttributes(path, attributes, signal)])
      return { ...written, attributes: set }
    }
    const last = { offset, data, attributes, clockNs: this.#clock.epochNs() }
    return this.#retry.transfer(
      (session) => writeLast(session, this.#path(path), last, signal),
      signal,
    )
  }

  create(
    path: string,
    mode: number,
    owner?: Owner,
    signal?: AbortSignal,
  ): Promise<RemoteAttributes> {
    return this.#make(path, { kind: 'file', mode, owner }, signal)
  }

  makeDirectory(
    path: string,
    mode: number,
    owner?: Owner,
    signal?: AbortSignal,
  ): Promise<RemoteAttributes> {
    return this.#make(path, { kind: 'directory', mode, owner }, signal)
  }

  makeNode(
    path: string,
    type: 'fifo' | 'socket',
    mode: number,
    owner?: Owner,
    signal?: AbortSignal,
  ): Promise<RemoteAttributes> {
    return this.#make(path, { kind: type, mode, owner }, signal)
  }

  makeSymlink(
    path: string,
    target: string,
    owner?: Owner,
    signal?: AbortSignal,
  ): Promise<RemoteAttributes> {
    return this.#make(path, { kind: 'symlink', target, owner }, signal)
  }

  link(existing: string, path: string, signal?: AbortSignal): Promise<RemoteAttributes> {
    return this.#make(path, { kind: 'link', existing: this.#path(existing) }, signal)
  }

  truncate(path: string, size: number, signal?: AbortSignal): Promise<void> {
    const run: RunOnSession = (step, stepSignal) =>
      this.#traits.has('TRUNCATE')
        ? this.#metadata(step, stepSignal)
        : this.#retry.transfer(step, stepSignal)
    return truncateFile(run, this.#path(path), size, signal)
  }

  removeFile(path: string, signal?: AbortSignal): Promise<void> {
    return this.#remove('DELE', path, signal)
  }

  removeDirectory(path: string, signal?: AbortSignal): Promise<void> {
    return this.#remove('RMD', path, signal)
  }

  rename(
    from: string,
    to: string,
    how: 'replace' | 'exclusive' | 'exchange',
    signal?: AbortSignal,
  ): Promise<void> {
    const exchange = new Exchange()
    return this.#metadata((session, isRepetition) => {
      const renaming = { from: this.#path(from), to: this.#path(to), isRepetition, signal }
      if (how === 'exchange') return exchange.run(session, renaming)
      if (how === 'exclusive') return renameExclusively(session, renaming)
      return renameReplacing(session, renaming)
    }, signal)
  }

  setAttributes(
    path: string,
    wanted: NewAttributes,
    signal?: AbortSignal,
  ): Promise<RemoteAttributes> {
    const context = { clockNs: this.#clock.epochNs() }
    return this.#metadata(
      (session) => setAttributes(session, this.#path(path), wanted, context, signal),
      signal,
    )
  }

  statistics(path: string, signal?: AbortSignal): Promise<StorageStatistics> {
    return this.#metadata((session) => queryStatistics(session, this.#path(path), signal), signal)
  }

  sync(path: string, signal?: AbortSignal): Promise<void> {
    const run = (session: Session): Promise<void> => syncStorage(session, this.#path(path), signal)
    return this.#retry.transfer(run, signal)
  }

  copy(
    from: string,
    range: ByteRange,
    to: string,
    offset: number,
    signal?: AbortSignal,
  ): Promise<number> {
    const place = { from: this.#path(from), range, to: this.#path(to), offset }
    const run: RunOnSession = (step) => this.#retry.transfer(step, signal)
    return copyRange(run, place, signal)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#pool.close()
  }

  #make(path: string, entry: NewEntry, signal?: AbortSignal): Promise<RemoteAttributes> {
    return this.#metadata(
      (session, isRepetition) => makeEntry(session, this.#path(path), entry, isRepetition, signal),
      signal,
    )
  }

  #remove(verb: 'DELE' | 'RMD', path: string, signal?: AbortSignal): Promise<void> {
    return this.#metadata(
      (session, isRepetition) => removeEntry(session, verb, this.#path(path), isRepetition, signal),
      signal,
    )
  }

  #path(path: string): string {
    return this.#traits.path(path)
  }

  #metadata<T>(operation: Operation<T>, signal?: AbortSignal): Promise<T> {
    return this.#retry.metadata(operation, signal)
  }
}
