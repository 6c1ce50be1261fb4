import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'

/**
 * Announces a session at a command port (`HOST:PORT`), as an Auth server does; resolves with its
 * one-time password.
 */
export async function requestTransfer(
  commandPort: string,
  user: string,
  directory: string,
): Promise<string> {
  const secret = randomBytes(10).toString('hex')
  const colon = commandPort.lastIndexOf(':')
  const socket = connect(Number(commandPort.slice(colon + 1)), commandPort.slice(0, colon))
  await once(socket, 'connect')
  // A request without END makes a stock server spin for ever: all goes out at once.
  socket.write(
    `request-type=uftp-transfer-request\nclient-ip=${socket.localAddress}\n` +
      `user=${user}\nsecret=${secret}\npersistent=true\nfile=${directory}/\nEND\n`,
  )
  let reply = ''
  for await (const piece of socket.setEncoding('utf8')) reply += piece
  if (!reply.startsWith('OK::')) throw new Error(`the transfer request failed: ${reply}`)
  return secret
}
