/** Commands about the connections: SYST, QUIT, NOOP, PASV, EPSV, ABOR. */

import { isIPv4 } from 'node:net'
import type { CommandTable } from './command.ts'
import { Refusal } from './refusal.ts'
import type { Session } from './session.ts'

export const systemReply = '215 Unix Type: L8'

async function quit(session: Session): Promise<string> {
  session.ended = true
  session.parts.data.close()
  return '221 Goodbye'
}

/** `NOOP n` asks for n streams per data connection; here it is always one. */
async function noop(_session: Session, argument: string): Promise<string> {
  const streams = argument.trim()
  if (!/^[+-]?\d+$/.test(streams)) return '200 OK'
  return `${streams === '1' ? 222 : 223} Opening 1 data connections`
}

async function enterPassive(session: Session): Promise<number> {
  const { control, data } = session.parts
  return data.listen(control.localAddress, control.peerAddress)
}

async function pasv(session: Session): Promise<string> {
  const address = session.parts.advertisedAddress ?? session.parts.control.localAddress
  // RFC 2428 §3: 227 can only name an IPv4 address.
  if (!isIPv4(address)) throw new Refusal(425, 'PASV is for IPv4 only, use EPSV')
  const port = await enterPassive(session)
  const numbers = [...address.split('.'), port >> 8, port & 0xff].join(',')
  return `227 Entering Passive Mode (${numbers})`
}

async function epsv(session: Session, argument: string): Promise<string> {
  if (argument.trim().toUpperCase() === 'ALL') return '200 OK'
  return `229 Entering Extended Passive Mode (|||${await enterPassive(session)}|)`
}

/** Commands run one after the other: when ABOR's turn comes, the transfer is over already. */
async function abort(session: Session): Promise<string> {
  session.parts.data.destroy()
  session.range.reset()
  return '226 OK'
}

export const connectionCommands = {
  SYST: { level: 'NONE', run: async () => systemReply },
  NOOP: { level: 'NONE', run: noop },
  QUIT: { level: 'NONE', run: quit },
  BYE: { level: 'NONE', run: quit },
  PASV: { level: 'NONE', errorCode: 425, run: pasv },
  EPSV: { level: 'NONE', errorCode: 425, run: epsv },
  ABOR: { level: 'NONE', run: abort },
} as const satisfies CommandTable
