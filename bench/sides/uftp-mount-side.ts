import { join } from 'node:path'
import { projectRoot } from '../../test/support/project.ts'
import type { Network } from '../wan/wan.ts'
import { MountProgram } from './mount-program.ts'
import type { MountSide } from './side.ts'
import type { UftpServer } from './uftp-server.ts'

/** As it is started by hand: its first line tells how Node is to run. */
const program = join(projectRoot, 'bin', 'uftp-mount')

/** Our mount with its defaults. */
export class UftpMountSide implements MountSide {
  readonly kind = 'mount'
  readonly name: string
  readonly #server: UftpServer
  readonly #scratch: string

  constructor(name: string, server: UftpServer, scratch: string) {
    this.name = name
    this.#server = server
    this.#scratch = scratch
  }

  async mount(network: Network): Promise<MountProgram> {
    const { route, password } = await this.#server.openSession(network)
    const target = `uftpd://${route.host}:${route.port}${this.#server.directory}`
    return MountProgram.start({
      command: (mountpoint) => [program, '-f', target, mountpoint],
      env: { UFTP_ONE_TIME_PASSWORD: password },
      scratch: this.#scratch,
      route,
    })
  }
}
