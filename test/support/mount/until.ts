import { setTimeout as delay } from 'node:timers/promises'

/**
 * Asks again and again until `probe` gives something; fails after the deadline with the probe's last
 * error, if it threw. For what no event announces, such as a line in /proc.
 */
export async function until<T>(
  what: string,
  probe: () => T | undefined | Promise<T | undefined>,
  deadlineMs = 10_000,
): Promise<T> {
  const end = performance.now() + deadlineMs
  let cause: unknown
  do {
    try {
      const found = await probe()
      if (found !== undefined && found !== false) return found
      cause = undefined
    } catch (error) {
      cause = error
    }
    await delay(pauseMs)
  } while (performance.now() < end)
  const reason = cause instanceof Error ? `: ${cause.message}` : ''
  throw new Error(`not within ${deadlineMs} ms: ${what}${reason}`, { cause })
}

const pauseMs = 20
