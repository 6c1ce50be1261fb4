/** Our Auth server and uftpd, wired together on free ports, with a small HTTPS client. */

import { request } from 'node:https'
import { AuthServer } from '../../src/server/auth/auth-server.ts'
import type { AuthServerConfig } from '../../src/server/auth/config.ts'
import { selfSignedCredential } from '../../src/server/auth/self-signed.ts'
import { hashPassword } from '../../src/server/auth/users.ts'
import type { UftpdConfig } from '../../src/server/uftpd/config.ts'
import { silentLogger } from '../../src/support/logger.ts'
import { Secret } from '../../src/support/secret.ts'
import { UftpdFixture } from './uftpd-fixture.ts'

export const demoUser = 'demouser'
export const demoPassword = 'pass:word ü'
export const demoName = 'CN=Demo User, O=UNICORE, C=EU'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  readonly json: Record<string, unknown>
}

export class AuthServerFixture implements AsyncDisposable {
  readonly auth: AuthServer
  readonly server: UftpdFixture
  readonly certificate: string

  private constructor(auth: AuthServer, server: UftpdFixture, certificate: string) {
    this.auth = auth
    this.server = server
    this.certificate = certificate
  }

  static async start(
    config: Partial<AuthServerConfig> = {},
    uftpd: Partial<UftpdConfig> = {},
  ): Promise<AuthServerFixture> {
    const server = await UftpdFixture.start(uftpd)
    const credential = await selfSignedCredential()
    const auth = await AuthServer.start(
      {
        host: '127.0.0.1',
        port: 0,
        externalUrl: undefined,
        credential,
        users: { text: hashPassword(demoUser, new Secret(demoPassword), demoName) },
        map: {
          text: JSON.stringify({
            'c=eu,o=unicore,cn=DEMO  user': {
              role: 'user',
              xlogin: 'demo',
              group: ['hpc', 'users'],
            },
          }),
        },
        servers: [
          {
            name: 'TEST',
            description: 'a test',
            host: '127.0.0.1',
            commandHost: '127.0.0.1',
            commandPort: server.uftpd.commandAddress.port,
            tls: undefined,
          },
        ],
        ...config,
      },
      silentLogger,
    )
    return new AuthServerFixture(auth, server, credential.certificate)
  }

  /** `path` below `/rest/auth`; credentials `user:password` or none. */
  async call(
    method: 'GET' | 'POST',
    path: string,
    options: { readonly credentials?: string; readonly body?: unknown } = {},
  ): Promise<Answer> {
    const body =
      typeof options.body === 'string' || options.body === undefined
        ? options.body
        : JSON.stringify(options.body)
    const headers: Record<string, string> = { 'Content-Type': 'application/json' }
    if (options.credentials !== undefined) {
      headers.Authorization = `Basic ${Buffer.from(options.credentials).toString('base64')}`
    }
    return new Promise((resolve, reject) => {
      const outgoing = request(
        `${this.auth.url}${path}`,
        { method, headers, ca: this.certificate, agent: false },
        (incoming) => {
          let text = ''
          incoming.setEncoding('utf8')
          incoming.on('data', (piece: string) => (text += piece))
          incoming.on('end', () => {
            const json = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
            resolve({ status: incoming.statusCode!, headers: incoming.headers, text, json })
          })
        },
      )
      outgoing.on('error', reject)
      outgoing.end(body)
    })
  }

  async signOn(body: unknown, credentials = `${demoUser}:${demoPassword}`): Promise<Answer> {
    return this.call('POST', '/TEST', { credentials, body })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.auth[Symbol.asyncDispose]()
    await this.server[Symbol.asyncDispose]()
  }
}
