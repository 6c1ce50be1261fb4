/** IP addresses as texts that can be compared. */

import { isIPv4, isIPv6, SocketAddress } from 'node:net'

/**
 * An IPv4 peer of a dual-stack socket (`::ffff:192.0.2.1`) as IPv4, an IPv6 address in its
 * shortest form and without zone; anything else as it is.
 */
export function plainAddress(address: string): string {
  const withoutZone = address.replace(/%.*$/, '')
  const mapped = /^::ffff:(.*)$/i.exec(withoutZone)?.[1]
  if (mapped !== undefined && isIPv4(mapped)) return mapped
  if (!isIPv6(withoutZone)) return withoutZone
  return new SocketAddress({ address: withoutZone, family: 'ipv6' }).address
}

/** A host as it stands in `host:port` and URLs. */
export function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
