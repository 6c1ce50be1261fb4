/**
 * One HTTP request with a JSON body to the Auth server: verified TLS, bounded reply, one time limit
 * for all of it, redirects not followed (they would carry the credentials elsewhere).
 */

import { request as requestPlain, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as requestTls } from 'node:https'
import { SignOnError } from './sign-on-error.ts'

export interface HttpExchangeOptions {
  /** `http:` or `https:`; user and password in it are not used. */
  readonly url: URL
  readonly authorization: string | undefined
  readonly body: unknown
  /** PEM of the certificates to trust instead of the system's. */
  readonly ca?: string | Buffer | undefined
  /** Does not verify the server's certificate. */
  readonly insecure?: boolean | undefined
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

export interface HttpReply {
  readonly status: number
  readonly location: string | undefined
  readonly text: string
}

/** Session parameters are a few hundred bytes, error pages of gateways some thousand. */
const replyBytesMax = 1024 * 1024

/** SignOnError of kind `network`, `tls` or `server`; or the signal's reason. */
export async function postJson(options: HttpExchangeOptions): Promise<HttpReply> {
  const { url, signal, timeoutMs } = options
  const timeout = AbortSignal.timeout(timeoutMs)
  const ended = signal ? AbortSignal.any([signal, timeout]) : timeout
  try {
    const response = await send(options, ended)
    return {
      status: response.statusCode ?? 0,
      location: response.headers.location,
      text: await readBounded(response, url),
    }
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof SignOnError) throw error
    if (timeout.aborted) throw noAnswer(url, timeoutMs, error)
    throw transportFailure(url, error)
  }
}

function send(options: HttpExchangeOptions, signal: AbortSignal): Promise<IncomingMessage> {
  const { url } = options
  const body = Buffer.from(JSON.stringify(options.body), 'utf8')
  const target = new URL(url)
  target.username = ''
  target.password = ''
  const common: RequestOptions = {
    method: 'POST',
    agent: false,
    signal,
    headers: {
      ...(options.authorization === undefined ? {} : { authorization: options.authorization }),
      'content-type': 'application/json',
      'content-length': body.length,
      accept: 'application/json',
    },
  }
  return new Promise((resolve, reject) => {
    const request =
      url.protocol === 'https:'
        ? requestTls(target, {
            ...common,
            rejectUnauthorized: options.insecure !== true,
            ...(options.ca === undefined ? {} : { ca: options.ca }),
          })
        : requestPlain(target, common)
    request.once('response', resolve)
    request.on('error', reject)
    request.end(body)
  })
}

async function readBounded(response: IncomingMessage, url: URL): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > replyBytesMax) {
      throw new SignOnError('server', `${url.host} sent more than ${replyBytesMax} bytes`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function noAnswer(url: URL, timeoutMs: number, cause: unknown): SignOnError {
  const { host } = endpoint(url)
  return new SignOnError('network', `no answer from ${host} within ${timeoutMs / 1000} s`, {
    cause,
  })
}

const reasons: Readonly<Record<string, string>> = {
  ENOTFOUND: 'host name not found',
  EAI_AGAIN: 'host name cannot be looked up now',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection closed by the other side',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network unreachable',
  ETIMEDOUT: 'connection timed out',
}

/** OpenSSL's verification results and handshake failures, as Node names them. */
const tlsCode = /^(ERR_SSL_|ERR_TLS_|ERR_OSSL_|EPROTO$|CERT_|CRL_)|CERT|CHAIN|SIGNATURE|ISSUER/

function transportFailure(url: URL, cause: unknown): SignOnError {
  const { host, port } = endpoint(url)
  const code = codeOf(cause)
  if (url.protocol === 'https:' && tlsCode.test(code)) {
    const detail = cause instanceof Error ? cause.message.trim() : code
    return new SignOnError(
      'tls',
      `TLS to ${host}:${port} failed: ${detail}; trust its certificate with --cacert FILE, ` +
        'or use --insecure to go without verification',
      { cause },
    )
  }
  const detail = reasons[code] ?? (cause instanceof Error ? cause.message : String(cause))
  return new SignOnError('network', `cannot reach ${host}:${port}: ${detail}`, { cause })
}

function codeOf(cause: unknown): string {
  if (typeof cause !== 'object' || cause === null || !('code' in cause)) return ''
  return String(cause.code)
}

function endpoint(url: URL): { host: string; port: string } {
  return { host: url.hostname, port: url.port || (url.protocol === 'https:' ? '443' : '80') }
}
