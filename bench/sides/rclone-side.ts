import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Network } from '../wan/wan.ts'
import { MountProgram } from './mount-program.ts'
import type { Mount, MountSide } from './side.ts'
import type { SshServer } from './ssh-server.ts'

/**
 * `rclone mount` over sftp with its full cache, which it needs for random writes. Its files go to
 * the server as soon as they are closed, not 5 s later as by default; and it does not let the server
 * read each file as a whole, for a checksum, before its first byte.
 */
export class RcloneSide implements MountSide {
  readonly kind = 'mount'
  readonly name = 'rclone'
  readonly #server: SshServer
  readonly #directory: string
  readonly #scratch: string

  constructor(server: SshServer, directory: string, scratch: string) {
    this.#server = server
    this.#directory = directory
    this.#scratch = scratch
  }

  async mount(network: Network): Promise<Mount> {
    const { user, keyFile } = this.#server
    const route = await this.#server.openRoute(network)
    const home = mkdtempSync(join(this.#scratch, 'rclone.'))
    const configuration = join(home, 'rclone.conf')
    const known = this.#server.knownHosts(route, this.#scratch)
    writeFileSync(
      configuration,
      `[far]\ntype = sftp\nhost = ${route.host}\nport = ${route.port}\nuser = ${user}\n` +
        `key_file = ${keyFile}\nknown_hosts_file = ${known}\ndisable_hashcheck = true\n`,
    )
    const mount = await MountProgram.start({
      command: (mountpoint) => [
        'rclone',
        'mount',
        `far:${this.#directory}`,
        mountpoint,
        `--config=${configuration}`,
        `--cache-dir=${join(home, 'cache')}`,
        '--vfs-cache-mode=full',
        '--vfs-write-back=0s',
      ],
      scratch: this.#scratch,
      route,
    })
    return {
      directory: mount.directory,
      resources: () => mount.resources(),
      traffic: () => mount.traffic(),
      [Symbol.asyncDispose]: async () => {
        await mount[Symbol.asyncDispose]()
        rmSync(home, { recursive: true, force: true })
      },
    }
  }
}
