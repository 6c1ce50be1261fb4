/** Where time comes from, so that tests can move it. */
export interface Clock {
  /** Milliseconds that only grow; for durations and cache expiry. */
  monotonicMs(): number
  /** Nanoseconds since the epoch, for file times. */
  epochNs(): bigint
}

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  // Not performance.timeOrigin + now(): that stops while the machine sleeps.
  epochNs: () => BigInt(Date.now()) * 1_000_000n,
}
