/**
 * Time values `YYYYMMDDHHMMSS` in the server's local time zone (that of the process), as stock
 * UFTPD reads and writes them. Daylight saving is that of the moment itself, not of today.
 */

import { formatTimeValue, parseTimeValue } from '../../uftp/wire/facts.ts'

/** Whole seconds. */
export function formatLocalTime(epochNs: bigint): string {
  const offsetMinutes = new Date(Number(epochNs / 1_000_000n)).getTimezoneOffset()
  return formatTimeValue(epochNs - BigInt(Math.round(offsetMinutes * 60)) * 1_000_000_000n)
}

/**
 * Nanoseconds since the epoch; undefined when malformed. Of the hour that comes twice in autumn the
 * first is meant; in the hour that spring leaves out the clock is taken as not yet put forward.
 */
export function parseLocalTime(text: string): bigint | undefined {
  const asUtcNs = parseTimeValue(text)
  if (asUtcNs === undefined) return undefined
  const asUtc = new Date(Number(asUtcNs / 1_000_000n))
  const local = new Date(0)
  local.setFullYear(asUtc.getUTCFullYear(), asUtc.getUTCMonth(), asUtc.getUTCDate())
  local.setHours(asUtc.getUTCHours(), asUtc.getUTCMinutes(), asUtc.getUTCSeconds(), 0)
  return BigInt(local.getTime()) * 1_000_000n
}
