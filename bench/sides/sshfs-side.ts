import type { Network } from '../wan/wan.ts'
import { MountProgram } from './mount-program.ts'
import type { MountSide } from './side.ts'
import type { SshServer } from './ssh-server.ts'

/** sshfs with its defaults. */
export class SshfsSide implements MountSide {
  readonly kind = 'mount'
  readonly name = 'sshfs'
  readonly #server: SshServer
  readonly #directory: string
  readonly #scratch: string

  constructor(server: SshServer, directory: string, scratch: string) {
    this.#server = server
    this.#directory = directory
    this.#scratch = scratch
  }

  async mount(network: Network): Promise<MountProgram> {
    const { user, keyFile } = this.#server
    const route = await this.#server.openRoute(network)
    const known = this.#server.knownHosts(route, this.#scratch)
    const source = `${user}@${route.host}:${this.#directory}`
    const options = [
      '-F/dev/null',
      `-p${route.port}`,
      `-oIdentityFile=${keyFile}`,
      '-oIdentitiesOnly=yes',
      `-oUserKnownHostsFile=${known}`,
      '-oBatchMode=yes',
    ]
    return MountProgram.start({
      command: (mountpoint) => ['sshfs', '-f', ...options, source, mountpoint],
      scratch: this.#scratch,
      route,
    })
  }
}
