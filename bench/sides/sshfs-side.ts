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
      `IdentityFile=${keyFile}`,
      'IdentitiesOnly=yes',
      `UserKnownHostsFile=${known}`,
      'BatchMode=yes',
    ].map((option) => `-o${option}`)
    return MountProgram.start({
      command: (mountpoint) => [
        ...['sshfs', '-f', '-F', '/dev/null', '-p', `${route.port}`],
        ...options,
        ...[source, mountpoint],
      ],
      scratch: this.#scratch,
      route,
    })
  }
}
