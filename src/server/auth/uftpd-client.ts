/**
 * Asks a uftpd's command port. A request is always sent completely, END included: a stock UFTPD
 * whose client goes before END spins for ever. Answers are bounded in size and time.
 */

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { ErrnoError } from '../../support/errno-error.ts'
import type { CommandTls, Credential, UftpdServer } from './config.ts'

const timeoutMs = 15_000
const answerLimit = 256 * 1024

export type Fields = Readonly<Record<string, string | undefined>>

/** The whole answer. Rejects with an ErrnoError or a system error when uftpd cannot be reached. */
export async function askUftpd(server: UftpdServer, fields: Fields): Promise<string> {
  const request = requestText(fields)
  const socket = open(server)
  socket.setTimeout(timeoutMs, () => {
    socket.destroy(new ErrnoError('ETIMEDOUT', `command port of ${server.name}`))
  })
  try {
    await once(socket, server.tls ? 'secureConnect' : 'connect')
    // In one piece, and nothing is closed before: see above.
    socket.write(request)
    let answer = ''
    socket.setEncoding('utf8')
    for await (const text of socket) {
      answer += String(text)
      if (answer.length > answerLimit) {
        throw new ErrnoError('EPROTO', `answer of ${server.name} is too long`)
      }
    }
    return answer
  } finally {
    socket.destroy()
  }
}

function open({ commandHost: host, commandPort: port, tls }: UftpdServer): Socket {
  return tls ? connectTls({ host, port, ...tlsOptions(tls) }) : connect({ host, port })
}

function tlsOptions({ credential, trusted }: CommandTls): object {
  // The chain is what counts: UNICORE's certificates carry names of services, not of hosts.
  return { ...secureContext(credential), ca: trusted, checkServerIdentity: () => undefined }
}

/** The credential as node:tls takes it. */
export function secureContext(credential: Credential): object {
  const passphrase = credential.password ? { passphrase: credential.password.reveal() } : {}
  return credential.kind === 'pem'
    ? { cert: credential.certificate, key: credential.key, ...passphrase }
    : { pfx: credential.archive, ...passphrase }
}

/** One `key=value` a line: a value with a line end would become a line of its own. */
function requestText(fields: Fields): string {
  let text = ''
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue
    if (/[\r\n\0]/.test(value)) throw new ErrnoError('EINVAL', `line end in ${name}`)
    text += `${name}=${value}\n`
  }
  return `${text}END\n`
}

/** The lines `Name: value` of a ping or user-info answer. */
export function answerFields(answer: string): ReadonlyMap<string, string> {
  const pairs = answer
    .split('\n')
    .map((line) => /^([^:]+): ?(.*)$/.exec(line.trim()))
    .filter((match) => match !== null)
  return new Map(pairs.map((match) => [match[1]!, match[2]!]))
}
