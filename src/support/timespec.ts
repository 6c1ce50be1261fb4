/** Points in time between nanoseconds since the epoch and C's struct timespec. */

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
