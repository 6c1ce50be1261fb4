import { RawSession } from '../raw-session.ts'
import type { Network } from '../wan/wan.ts'
import type { Transfer, TransferSide } from './side.ts'
import type { UftpServer } from './uftp-server.ts'

/** RETR to nothing and STOR from one buffer, over one bare session. */
export class RawSide implements TransferSide {
  readonly kind = 'transfer'
  readonly name: string
  readonly #server: UftpServer

  constructor(name: string, server: UftpServer) {
    this.name = name
    this.#server = server
  }

  async open(network: Network): Promise<Transfer> {
    const { route, password } = await this.#server.openSession(network)
    const session = await RawSession.login(`${route.host}:${route.port}`, password)
    return {
      read: (path, bytes) => session.read(path, bytes),
      write: (path, bytes) => session.write(path, bytes),
      [Symbol.asyncDispose]: async () => {
        session[Symbol.dispose]()
        await route[Symbol.asyncDispose]()
      },
    }
  }
}
