/** Two mounts of one directory of a server, in which examples work one after the other. */

import { MountProcess } from '../support/mount/mount-process.ts'
import type { ServerName } from '../support/mount/scenario.ts'
import { startServer } from '../support/mount/servers.ts'
import type { TestServer } from '../support/mount/test-server.ts'
import { Driver } from '../support/posix/driver.ts'
import { MountedPair } from '../support/posix/mounted-pair.ts'
import type { Example, ExamplePlace } from './example.ts'
import { once } from './example.ts'

const facts = { links: true, owners: true }

export class ExampleMounts implements AsyncDisposable {
  readonly #server: TestServer
  readonly #pair: MountedPair
  readonly #second: MountProcess
  readonly #two: Driver

  private constructor(server: TestServer, pair: MountedPair, second: MountProcess) {
    this.#server = server
    this.#pair = pair
    this.#second = second
    this.#two = new Driver(second.mountpoint, facts)
  }

  static async start(
    serverName: ServerName,
    scratch: string,
    { options = [], privileged = false }: Example,
  ): Promise<ExampleMounts> {
    const server = await startServer(serverName, scratch, { privileged })
    try {
      const place = { server, scratch, backend: 'kernel', options } as const
      const pair = await MountedPair.start({ ...place, ...facts })
      const signOn = await server.signOn(pair.served)
      const second = await MountProcess.start(signOn, { ...place, parent: scratch })
      return new ExampleMounts(server, pair, second)
    } catch (error) {
      await server[Symbol.asyncDispose]()
      throw error
    }
  }

  /** A new directory of both. */
  async place(): Promise<ExamplePlace> {
    const name = await this.#pair.begin()
    await once(this.#two, 'begin', name)
    return { one: this.#pair.mounted, two: this.#two, behind: this.#pair.behind }
  }

  /** Ends both in order; resolves with what their logs hold of errors and warnings. */
  async end(): Promise<readonly string[]> {
    await this.#two[Symbol.asyncDispose]()
    const { code } = await this.#second.stop()
    const problems = [...this.#second.problems(), ...(await this.#pair.end())]
    const unexpected = problems.filter((line) => !this.#server.expectedLog?.test(line))
    return code === 0 ? unexpected : [`the second mount ended with ${code}`, ...unexpected]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pair[Symbol.asyncDispose]()
    await this.#second[Symbol.asyncDispose]()
    await this.#two[Symbol.asyncDispose]()
    await this.#server[Symbol.asyncDispose]()
  }
}
