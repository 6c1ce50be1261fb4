import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { runProgram } from '../measure/program.ts'
import type { Network } from '../wan/wan.ts'
import type { Transfer, TransferSide } from './side.ts'
import type { UftpServer } from './uftp-server.ts'

/** curl over FTP, into a file on tmpfs and from one. */
export class CurlSide implements TransferSide {
  readonly kind = 'transfer'
  readonly name = 'curl'
  readonly #server: UftpServer
  readonly #scratch: string

  constructor(server: UftpServer, scratch: string) {
    this.#server = server
    this.#scratch = scratch
  }

  async open(network: Network): Promise<Transfer> {
    const { route, password } = await this.#server.openSession(network)
    const local = join(this.#scratch, 'curl-file')
    /** By its own clock: seconds between the command for the transfer and its end. */
    const curl = async (args: readonly string[], limitSeconds: number): Promise<number> => {
      const command = ['curl', '-sS', '-u', `anonymous:${password}`, '-w', timing, ...args]
      const output = await runProgram(command, { directory: this.#scratch, limitSeconds })
      const [begin, end] = output.split(' ').map(Number)
      return end! - begin!
    }
    const url = (path: string): string => `ftp://${route.host}:${route.port}/${path}`
    return {
      read: (path, _bytes, limitSeconds) => curl(['-o', local, url(path)], limitSeconds),
      write: async (path, bytes, limitSeconds) => {
        await runProgram(['truncate', '-s', `${bytes}`, local], {
          directory: this.#scratch,
          limitSeconds,
        })
        return curl(['-T', local, url(path)], limitSeconds)
      },
      [Symbol.asyncDispose]: async () => {
        rmSync(local, { force: true })
        await route[Symbol.asyncDispose]()
      },
    }
  }
}

const timing = '%{time_pretransfer} %{time_total}'
