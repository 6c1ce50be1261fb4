/** A UFTP server whose sessions are opened directly, ours or somebody else's. */

import type { TestServer } from '../../test/support/mount/test-server.ts'
import { openRoute } from '../wan/wan.ts'
import type { Network, Route } from '../wan/wan.ts'

export interface OpenSession {
  readonly route: Route
  readonly password: string
}

export class UftpServer {
  readonly #server: TestServer
  readonly directory: string

  constructor(server: TestServer, directory: string) {
    this.#server = server
    this.directory = directory
  }

  /** A fresh one-time password, and the way to where it is good for a log-in. */
  async openSession(network: Network): Promise<OpenSession> {
    const { address, password } = await this.#server.openDirectly(this.directory)
    const colon = address.lastIndexOf(':')
    const destination = {
      host: address.slice(0, colon),
      port: Number(address.slice(colon + 1)),
      ftp: true,
    }
    return { route: await openRoute(network, destination), password }
  }
}
