/** Waits until what a program wrote is on the server: some mounts let it go before. */

import { setTimeout as delay } from 'node:timers/promises'
import { TimeLimitExceeded } from '../measure/outcome.ts'

const pauseMs = 10

/**
 * Seconds until `check` passes, 0 if it does at once. After the limit it is a failure: what check says,
 * if it says that bytes are wrong.
 */
export async function secondsUntilThere(check: () => void, limitSeconds: number): Promise<number> {
  const start = performance.now()
  let isLate = false
  for (;;) {
    const seconds = (performance.now() - start) / 1000
    try {
      check()
      return isLate ? seconds : 0
    } catch (error) {
      isLate = true
      if (seconds > limitSeconds) throw new TimeLimitExceeded(limitSeconds, { cause: error })
    }
    await delay(pauseMs)
  }
}
