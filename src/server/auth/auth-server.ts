/** The Auth server: HTTPS sign-on that gives one-time passwords for uftpd. Embeddable. */

import { createServer, type Server } from 'node:https'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { Hono, type Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { systemClock } from '../../support/clock.ts'
import type { Logger } from '../../support/logger.ts'
import { bracketed, plainAddress } from '../addresses.ts'
import type { AuthServerConfig, UftpdServer } from './config.ts'
import { accountOf, parseMapFile, type AttributeMap } from './map-file.ts'
import { Problem, type ProblemStatus } from './problem.ts'
import { ServerStatuses, type ServerStatus } from './server-status.ts'
import { openSession } from './session-opener.ts'
import { parseSessionRequest } from './session-request.ts'
import { SignOn } from './sign-on.ts'
import { clientInfo, ownInfo, serverInfo, type Visitor } from './site-info.ts'
import { ParsedText } from './text-source.ts'
import { secureContext } from './uftpd-client.ts'

const bodyLimitBytes = 64 * 1024
const connectionLimit = 512

type RequestContext = Context<{ Bindings: HttpBindings }>

interface Parts {
  readonly config: AuthServerConfig
  readonly signOn: SignOn
  readonly map: ParsedText<AttributeMap>
  readonly log: Logger
}

export class AuthServer implements AsyncDisposable {
  readonly #parts: Parts
  readonly #server: Server
  readonly #statuses = new ServerStatuses(systemClock)
  readonly #upSince = new Date()

  private constructor(parts: Parts, server: Server) {
    this.#parts = parts
    this.#server = server
  }

  /** Rejects when the port cannot be had, or the users or map file cannot be read. */
  static async start(config: AuthServerConfig, log: Logger): Promise<AuthServer> {
    const signOn = await SignOn.open(config.users, systemClock, log)
    const map = await ParsedText.open(config.map, parseMapFile, (error) => {
      log.error('map file cannot be read, going on with the last one', { error })
    })
    const server = createServer({ ...secureContext(config.credential), requestTimeout: 30_000 })
    server.maxConnections = connectionLimit
    const authServer = new AuthServer({ config, signOn, map, log }, server)
    const answer = authServer.#listener()
    // It answers failures itself (onError); its promise only tells the end.
    server.on('request', (incoming, outgoing) => void answer(incoming, outgoing))
    // Handshakes that fail are the client's business.
    server.on('tlsClientError', (error) => log.debug('TLS handshake failed', { error }))
    server.listen({ port: config.port, ...(config.host ? { host: config.host } : {}) })
    await once(server, 'listening')
    return authServer
  }

  get address(): { readonly host: string; readonly port: number } {
    const { address, port } = this.#server.address() as AddressInfo
    return { host: address, port }
  }

  /** `https://HOST:PORT/rest/auth`; a server's URL is this, `/` and its name. */
  get url(): string {
    return `${this.#restUrl}/auth`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  get #restUrl(): string {
    const { config } = this.#parts
    const { host, port } = this.address
    const anywhere = config.host === undefined
    const own = `https://${anywhere ? 'localhost' : bracketed(host)}:${port}`
    return `${config.externalUrl ?? own}/rest`
  }

  #listener(): ReturnType<typeof getRequestListener> {
    const app = new Hono<{ Bindings: HttpBindings }>()
    app.use(
      bodyLimit({
        maxSize: bodyLimitBytes,
        onError: () => {
          throw new Problem(413, 'The request body is too long')
        },
      }),
    )
    app.get('/rest/auth', (c) => this.#info(c))
    app.get('/rest/auth/:name', (c) => this.#serverInfo(c, c.req.param('name')))
    app.post('/rest/auth/:name', (c) => this.#openSession(c, c.req.param('name')))
    app.notFound((c) => problemAnswer(c, 404, `No such resource: ${c.req.path}`))
    app.onError((error, c) => this.#failure(c, error))
    return getRequestListener(app.fetch)
  }

  async #info(c: RequestContext): Promise<Response> {
    const { config } = this.#parts
    const visitor = await this.#visitor(c)
    const pairs = await Promise.all(
      config.servers.map(async (server) => [server, await this.#statuses.of(server)] as const),
    )
    const servers = pairs.map(
      ([server, status]) =>
        [server.name, serverInfo(server, status, visitor, this.#restUrl)] as const,
    )
    const statuses = new Map<string, ServerStatus>(
      pairs.map(([server, status]) => [server.name, status]),
    )
    return c.json({
      ...Object.fromEntries(servers),
      client: clientInfo(visitor),
      server: ownInfo(config.credential, statuses, this.#upSince),
    })
  }

  async #serverInfo(c: RequestContext, name: string): Promise<Response> {
    const visitor = await this.#visitor(c)
    const server = this.#findServer(name)
    return c.json(serverInfo(server, await this.#statuses.of(server), visitor, this.#restUrl))
  }

  async #openSession(c: RequestContext, name: string): Promise<Response> {
    const { dn, map } = await this.#visitor(c)
    if (dn === undefined) {
      throw new Problem(401, 'Credentials are needed', { 'WWW-Authenticate': 'Basic realm="UFTP"' })
    }
    const server = this.#findServer(name)
    const account = accountOf(map, dn, server.name)
    if (account.role !== 'user' && account.role !== 'admin') {
      throw new Problem(403, `Access denied: role '${account.role}' may not use this service`)
    }
    const body = await c.req.text()
    const request = asProblem(400, () => parseSessionRequest(body))
    return c.json(await openSession(server, account, request, peerAddress(c), this.#parts.log))
  }

  async #visitor(c: RequestContext): Promise<Visitor> {
    const { signOn, map } = this.#parts
    const dn = await signOn.identify(c.req.header('Authorization'), peerAddress(c))
    return { dn, map: await map.current() }
  }

  /** `NAME`, or `NAME-1`: the first and only uftpd behind the name. */
  #findServer(name: string): UftpdServer {
    const server = this.#parts.config.servers.find(
      (candidate) => candidate.name === name || `${candidate.name}-1` === name,
    )
    if (server) return server
    throw new Problem(404, `No such server: '${name}', please check your URL`)
  }

  #failure(c: RequestContext, error: Error): Response {
    if (error instanceof Problem) {
      for (const [name, value] of Object.entries(error.headers)) c.header(name, value)
      return problemAnswer(c, error.status, error.message)
    }
    this.#parts.log.error('request failed unexpectedly', { path: c.req.path, error })
    return problemAnswer(c, 500, 'Internal error')
  }
}

function problemAnswer(c: RequestContext, status: ProblemStatus, message: string): Response {
  return c.json({ errorMessage: message, status }, status)
}

/** The address that the connection comes from: headers of proxies could say anything. */
function peerAddress(c: RequestContext): string {
  return plainAddress(c.env.incoming.socket.remoteAddress ?? '')
}

function asProblem<T>(status: ProblemStatus, body: () => T): T {
  try {
    return body()
  } catch (error) {
    throw new Problem(status, (error as Error).message)
  }
}
