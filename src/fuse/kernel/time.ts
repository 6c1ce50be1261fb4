/** Times and timeouts between our units and the kernel's pairs of seconds and nanoseconds. */

const nanosecondsPerSecond = 1_000_000_000n

export interface Timespec {
  /** Negative before 1970. */
  readonly seconds: bigint
  /** 0 ≤ nanoseconds < 10^9, counted forwards from `seconds`. */
  readonly nanoseconds: number
}

export function timespecOf(epochNs: bigint): Timespec {
  let seconds = epochNs / nanosecondsPerSecond
  let rest = epochNs - seconds * nanosecondsPerSecond
  if (rest < 0n) {
    seconds -= 1n
    rest += nanosecondsPerSecond
  }
  return { seconds, nanoseconds: Number(rest) }
}

export function epochNsOf(seconds: bigint, nanoseconds: number): bigint {
  return seconds * nanosecondsPerSecond + BigInt(nanoseconds)
}

/** A duration as the kernel wants it; what is negative or not finite counts as 0 or "for ever". */
export function timeoutOf(timeoutMs: number): { seconds: number; nanoseconds: number } {
  const ms = Math.min(Math.max(0, timeoutMs), longestTimeoutMs)
  const seconds = Math.floor(ms / 1000)
  return { seconds, nanoseconds: Math.floor((ms - seconds * 1000) * 1_000_000) }
}

/** About 136 years: "for ever" that cannot overflow the kernel's jiffies. */
const longestTimeoutMs = 2 ** 32 * 1000
