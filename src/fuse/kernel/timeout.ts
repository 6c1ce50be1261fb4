/** Durations as the kernel wants them: pairs of seconds and nanoseconds. */

/** What is negative or not finite counts as 0 or "for ever". */
export function timeoutOf(timeoutMs: number): { seconds: number; nanoseconds: number } {
  const ms = Math.min(Math.max(0, timeoutMs), longestTimeoutMs)
  const seconds = Math.floor(ms / 1000)
  return { seconds, nanoseconds: Math.floor((ms - seconds * 1000) * 1_000_000) }
}

/** About 136 years: "for ever" that cannot overflow the kernel's jiffies. */
const longestTimeoutMs = 2 ** 32 * 1000
