/**
 * One logged-in session: a control connection and at most one data connection, with what the server
 * keeps of both. Verbs (stat, read, …) are built on it in files of their own.
 *
 * Control commands may come from several callers at once. Everything that uses the data connection
 * holds `transferLock`; what relies on the server's memory between commands (RNFR, CWD) holds
 * `sequenceLock`. RANG needs no lock: each batch sets it first.
 *
 * The data connection is reused as long as the server keeps it. Stock UFTPD closes it after MLSD,
 * after any failure of a transfer, and when an MLST fails; so while an MLST is unanswered a transfer
 * opens a new one rather than trusting the old.
 */

import { ErrnoError } from '../support/errno-error.ts'
import { abortable } from '../support/abortable.ts'
import type { Logger } from '../support/logger.ts'
import { Semaphore } from '../support/semaphore.ts'
import { ConnectionLost } from './connection-lost.ts'
import type { ControlConnection } from './control-connection.ts'
import { DataConnection } from './data-connection.ts'
import { passivePort } from './passive-reply.ts'
import { accepted } from './reply-errno.ts'
import type { ServerTraits } from './server-traits.ts'
import { command, type Command } from './wire/commands.ts'
import type { Reply } from './wire/reply-reader.ts'

type State =
  | { readonly kind: 'ready' }
  | { readonly kind: 'closing' }
  | { readonly kind: 'dead'; readonly cause: ConnectionLost }

const legalMoves: Readonly<Record<State['kind'], readonly State['kind'][]>> = {
  ready: ['closing', 'dead'],
  closing: ['dead'],
  dead: [],
}

/** A transfer whose commands are on their way. */
export interface Transfer {
  /** The data connection, once the server has opened it. Fails with the refusal of EPSV. */
  readonly connection: Promise<DataConnection>
  readonly replies: readonly Promise<Reply>[]
}

export class Session {
  readonly id: number
  readonly traits: ServerTraits
  readonly log: Logger
  readonly transferLock = new Semaphore(1)
  readonly sequenceLock = new Semaphore(1)
  readonly #control: ControlConnection
  #state: State = { kind: 'ready' }
  #data: DataConnection | undefined
  #unansweredMlst = 0

  constructor(id: number, control: ControlConnection, traits: ServerTraits, log: Logger) {
    this.id = id
    this.#control = control
    this.traits = traits
    this.log = log
    void control.lost.then((cause) => this.#die(cause))
  }

  get isAlive(): boolean {
    return this.#state.kind === 'ready'
  }

  /** Resolves with the reason when the session has ended. */
  get ended(): Promise<ConnectionLost> {
    return this.#control.lost
  }

  /**
   * Waits for the turn to use the data connection for `path`. The result is to be called when the
   * server has answered everything.
   */
  async beginTransfer(path: string, signal?: AbortSignal): Promise<() => void> {
    const leave = await this.traits.gate.pass(path, signal)
    try {
      const release = await this.transferLock.acquire(signal)
      return () => {
        release()
        leave()
      }
    } catch (error) {
      leave()
      throw error
    }
  }

  /** Sends a batch in one packet; nothing of other callers comes between. */
  send(commands: readonly Command[]): Promise<Reply>[] {
    const replies = this.#control.send(commands)
    for (const [index, { verb }] of commands.entries()) {
      if (verb === 'MLST') this.#watchMlst(replies[index]!)
    }
    return replies
  }

  /** One command; throws if the server refuses it. */
  async call(one: Command, signal?: AbortSignal): Promise<Reply> {
    const [reply] = this.send([one])
    return accepted(one, await abortable(reply!, signal))
  }

  /**
   * Sends commands of which one uses the data connection, opening it first if there is none.
   * Hold `transferLock`. `onConnection` runs before the server can send anything over it.
   */
  startTransfer(
    commands: readonly Command[],
    onConnection: (connection: DataConnection) => void,
  ): Transfer {
    const reusable = this.#unansweredMlst === 0 && this.#data?.isOpen ? this.#data : undefined
    if (reusable) {
      onConnection(reusable)
      return { connection: Promise.resolve(reusable), replies: this.send(commands) }
    }
    const passive = command(this.traits.passive)
    const [opened, ...replies] = this.send([passive, ...commands])
    const connection = this.#open(passive, opened!, onConnection)
    connection.catch(() => {})
    return { connection, replies }
  }

  /** Opens the data connection if there is none. */
  async prepareData(): Promise<void> {
    const release = await this.transferLock.acquire()
    try {
      await this.startTransfer([], () => {}).connection
    } finally {
      release()
    }
  }

  /** The server writes its replies whole. */
  omitNudges(): void {
    this.#control.mayNudge = false
  }

  /** The data connection is of no use any more. */
  dropData(): void {
    this.#data?.destroy()
    this.#data = undefined
  }

  /**
   * Makes the server close the data connection behind the last byte it has written, and opens a
   * fresh one: the end of file on the old one is then the true end of a transfer.
   */
  async settleData(): Promise<void> {
    const old = this.#data
    this.#data = undefined
    const passive = command(this.traits.passive)
    const [opened] = this.send([passive])
    await this.#open(passive, opened!, () => {})
    await old?.ended
  }

  /** Ends the session because it does not make sense or does not answer. */
  abandon(reason: ConnectionLost): void {
    this.#control.abandon(reason)
  }

  /** Ends the session at once because nobody wants it any more. */
  giveUp(reason: ConnectionLost): void {
    if (this.#state.kind === 'ready') this.#transition({ kind: 'closing' })
    this.abandon(reason)
  }

  /** QUIT, within a bound. Idempotent. */
  async close(): Promise<void> {
    if (this.#state.kind === 'ready') this.#transition({ kind: 'closing' })
    this.dropData()
    await this.#control.close()
  }

  async #open(
    passive: Command,
    opened: Promise<Reply>,
    onConnection: (connection: DataConnection) => void,
  ): Promise<DataConnection> {
    this.dropData()
    const port = passivePort(this.#acceptedPassive(passive, await opened))
    const { peerAddress, ownAddress } = this.#control.endpoints
    try {
      const connection = await DataConnection.connect({
        host: peerAddress,
        port,
        localAddress: ownAddress,
        silenceMs: this.#control.silenceMs,
        onProgress: () => this.#control.noteProgress(),
      })
      this.#data = connection
      onConnection(connection)
      return connection
    } catch (error) {
      // The server waits for this connection and hears nothing else until it gives up.
      this.abandon(error as ConnectionLost)
      throw error
    }
  }

  /** A server that does not take EPSV is asked by PASV from then on. */
  #acceptedPassive(passive: Command, reply: Reply): Reply {
    try {
      return accepted(passive, reply)
    } catch (error) {
      if (passive.verb !== 'EPSV' || this.traits.passive !== 'EPSV') throw error
      this.traits.passive = 'PASV'
      throw new ConnectionLost('EPSV was refused', { cause: error })
    }
  }

  /** The server closes it by itself, behind the last byte that is still on its way to us. */
  #forgetData(): void {
    if (this.#data?.isIdle) this.#data.destroy()
    this.#data = undefined
  }

  #watchMlst(reply: Promise<Reply>): void {
    this.#unansweredMlst += 1
    const answered = (): void => {
      this.#unansweredMlst -= 1
    }
    reply.then(({ code }) => {
      answered()
      if (code >= 400) this.#forgetData()
    }, answered)
  }

  #die(cause: ConnectionLost): void {
    this.dropData()
    if (this.#state.kind !== 'closing') {
      this.log.warn('session lost', { session: this.id, reason: cause.message })
    }
    this.#transition({ kind: 'dead', cause })
  }

  #transition(next: State): void {
    if (!legalMoves[this.#state.kind].includes(next.kind)) {
      throw new ErrnoError('EPROTO', `session ${this.#state.kind} to ${next.kind}`)
    }
    this.#state = next
  }
}
