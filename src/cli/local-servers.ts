/** Our Auth server and uftpd together on loopback, for `serve` and `--demo`. */

import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AuthServer } from '../server/auth/auth-server.ts'
import { selfSignedCredential } from '../server/auth/self-signed.ts'
import { hashPassword } from '../server/auth/users.ts'
import { defaultUftpdConfig } from '../server/uftpd/config.ts'
import { Uftpd } from '../server/uftpd/uftpd.ts'
import { DisposalStack } from '../support/disposal-stack.ts'
import type { Logger } from '../support/logger.ts'
import { Secret } from '../support/secret.ts'
import { accountName } from './account.ts'

export interface LocalServersOptions {
  /** Absolute; nothing outside is reachable. */
  readonly directory: string
  readonly password: Secret
  /** 0: any free one. */
  readonly listenPort: number
  readonly authPort: number
  readonly commandPort: number
}

const host = '127.0.0.1'
const siteName = 'LOCAL'
const userName = 'demo'
const userDn = 'CN=Demo User,O=uftp-mount'

export class LocalServers implements AsyncDisposable {
  readonly user = userName
  readonly password: Secret
  /** `https://…/rest/auth/SITE`; a target is this, a colon and an absolute path. */
  readonly authUrl: string
  /** PEM file of the certificate to trust. */
  readonly caFile: string
  /** The same certificate as text. */
  readonly ca: string
  readonly listenPort: number
  readonly commandPort: number
  readonly #stack: DisposalStack

  static async start(options: LocalServersOptions, log: Logger): Promise<LocalServers> {
    const stack = new DisposalStack()
    try {
      const uftpd = stack.use(
        await Uftpd.start(
          {
            ...defaultUftpdConfig,
            commandHost: host,
            commandPort: options.commandPort,
            listenHost: host,
            listenPort: options.listenPort,
            exportRoot: options.directory,
          },
          log.child({ server: 'uftpd' }),
        ),
      )
      const credential = await selfSignedCredential()
      const scratch = await mkdtemp(join(tmpdir(), 'uftp-serve-'))
      stack.defer(() => rm(scratch, { recursive: true, force: true }))
      await chmod(scratch, 0o755) // the certificate is for everybody
      const caFile = join(scratch, 'cacert.pem')
      await writeFile(caFile, credential.certificate)
      const auth = stack.use(
        await AuthServer.start(
          {
            host,
            port: options.authPort,
            externalUrl: undefined,
            credential,
            users: { text: hashPassword(userName, options.password, userDn) },
            map: {
              text: JSON.stringify({ [userDn]: { role: 'user', xlogin: accountName() } }),
            },
            servers: [
              {
                name: siteName,
                description: `files below ${options.directory}`,
                host,
                commandHost: host,
                commandPort: uftpd.commandAddress.port,
                tls: undefined,
              },
            ],
          },
          log.child({ server: 'auth' }),
        ),
      )
      const ports = { listen: uftpd.listenAddress.port, command: uftpd.commandAddress.port }
      const authUrl = `https://${host}:${auth.address.port}/rest/auth/${siteName}`
      const ca = credential.certificate
      return new LocalServers(stack, options.password, authUrl, { caFile, ca }, ports)
    } catch (error) {
      await stack[Symbol.asyncDispose]()
      throw error
    }
  }

  private constructor(
    stack: DisposalStack,
    password: Secret,
    authUrl: string,
    certificate: { readonly caFile: string; readonly ca: string },
    ports: { readonly listen: number; readonly command: number },
  ) {
    this.#stack = stack
    this.password = password
    this.authUrl = authUrl
    this.caFile = certificate.caFile
    this.ca = certificate.ca
    this.listenPort = ports.listen
    this.commandPort = ports.command
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack[Symbol.asyncDispose]()
  }
}

/** Fresh, easy to type and to paste: 96 bits. */
export function randomPassword(): Secret {
  return new Secret(randomBytes(12).toString('base64url'))
}
