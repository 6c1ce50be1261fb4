/**
 * The place of the data connection in a session: none, a passive port that waits for it, or open.
 * A new PASV or EPSV discards what was there.
 */

import type { DataConnection } from './data-connection.ts'
import type { PassivePort, PassivePorts } from './passive-ports.ts'
import { Refusal } from './refusal.ts'

/** After the control connection has ended: what still moves may finish, what stands still not. */
const orphanIdleMs = 30_000

type State =
  | { readonly kind: 'none' }
  | { readonly kind: 'waiting'; readonly port: PassivePort }
  | { readonly kind: 'open'; readonly connection: DataConnection }

export class DataChannel {
  readonly #ports: PassivePorts
  #state: State = { kind: 'none' }
  #orphaned = false

  constructor(ports: PassivePorts) {
    this.#ports = ports
  }

  /** True when there is nothing that a transfer could use. */
  get absent(): boolean {
    return this.#state.kind === 'none'
  }

  /** Opens a passive port in place of what was there; the port's number. */
  async listen(localAddress: string, peerAddress: string): Promise<number> {
    this.close()
    const port = await this.#ports.open(localAddress, peerAddress)
    this.#state = { kind: 'waiting', port }
    return port.port
  }

  /** The connection, waited for where it is still to come. Refusal 425 when there is none. */
  async connection(): Promise<DataConnection> {
    if (this.#state.kind === 'waiting') {
      try {
        const connection = await this.#state.port.connection
        this.#state = { kind: 'open', connection }
        if (this.#orphaned) connection.limitIdleTime(orphanIdleMs)
      } catch (error) {
        this.#state = { kind: 'none' }
        throw error
      }
    }
    if (this.#state.kind === 'none') throw new Refusal(425, 'No data connection')
    return this.#state.connection
  }

  /** Ends the connection after what has been written. */
  close(): void {
    if (this.#state.kind === 'open') this.#state.connection.end()
    else this.#discardPort()
    this.#state = { kind: 'none' }
  }

  /** Cuts the connection: data flow was broken. */
  destroy(): void {
    if (this.#state.kind === 'open') this.#state.connection.destroy()
    else this.#discardPort()
    this.#state = { kind: 'none' }
  }

  /** Cuts the connection, also one that is still to come, with all that its client has sent. */
  async discard(): Promise<void> {
    try {
      await this.connection()
    } catch {
      // There is none.
    }
    this.destroy()
  }

  /** The control connection is gone. */
  orphan(): void {
    this.#orphaned = true
    if (this.#state.kind === 'open') this.#state.connection.limitIdleTime(orphanIdleMs)
  }

  #discardPort(): void {
    if (this.#state.kind !== 'waiting') return
    this.#state.port.close()
    // It may have been connected already without anybody having asked.
    void this.#state.port.connection.then(
      (connection) => connection.end(),
      () => undefined,
    )
  }
}
