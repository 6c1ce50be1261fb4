import { ErrnoError } from '../support/errno-error.ts'
import type { Reply } from './wire/reply-reader.ts'

/**
 * The port in a reply to EPSV (RFC 2428 §3) or PASV (RFC 959). The address of a PASV reply is not
 * used: behind NAT it is wrong, and a foreign one must not direct us elsewhere.
 */
export function passivePort(reply: Reply): number {
  const extended = /\(\|\|\|(\d+)\|\)/.exec(reply.text)
  if (extended) return checked(Number(extended[1]), reply)
  const classic = /(\d+),(\d+),(\d+),(\d+),(\d+),(\d+)/.exec(reply.text)
  if (classic) return checked(Number(classic[5]) * 256 + Number(classic[6]), reply)
  return checked(0, reply)
}

function checked(port: number, reply: Reply): number {
  if (port >= 1 && port <= 65_535) return port
  throw new ErrnoError('EPROTO', `no port in ${reply.code} ${reply.text}`)
}
