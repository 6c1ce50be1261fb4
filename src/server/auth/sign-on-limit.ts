/**
 * Slows guessing of passwords down: so many failed sign-ons per minute of one client address, and
 * fewer of one address for one user, then none at all until the minute is over. Counted by address
 * so that nobody can lock out a user from elsewhere. Memory is bounded: the oldest counts go first.
 */

import { isIPv6 } from 'node:net'
import type { Clock } from '../../support/clock.ts'

const windowMs = 60_000
const failuresPerUser = 5
const failuresPerAddress = 30
const countLimit = 20_000

interface Count {
  failures: number
  readonly endsMs: number
}

export class SignOnLimit {
  readonly #clock: Clock
  readonly #counts = new Map<string, Count>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Seconds to wait before the next attempt; 0: go ahead. */
  retryAfter(address: string, user: string): number {
    const [byAddress, byUser] = keys(address, user)
    const waits = [this.#wait(byAddress, failuresPerAddress), this.#wait(byUser, failuresPerUser)]
    return Math.max(...waits)
  }

  failed(address: string, user: string): void {
    for (const key of keys(address, user)) {
      const count = this.#live(key)
      if (count) {
        count.failures += 1
      } else {
        this.#counts.delete(key)
        this.#counts.set(key, { failures: 1, endsMs: this.#clock.monotonicMs() + windowMs })
      }
    }
    for (const key of this.#counts.keys()) {
      if (this.#counts.size <= countLimit) break
      this.#counts.delete(key)
    }
  }

  #wait(key: string, limit: number): number {
    const count = this.#live(key)
    if (!count || count.failures < limit) return 0
    return Math.max(1, Math.ceil((count.endsMs - this.#clock.monotonicMs()) / 1000))
  }

  #live(key: string): Count | undefined {
    const count = this.#counts.get(key)
    return count && this.#clock.monotonicMs() < count.endsMs ? count : undefined
  }
}

function keys(address: string, user: string): readonly [string, string] {
  const network = networkOf(address)
  return [network, `${network} ${user}`]
}

/** Of IPv6 the /64: a client has all of it. */
function networkOf(address: string): string {
  if (!isIPv6(address)) return address
  const [head, tail = ''] = address.split('::') as [string, string?]
  const left = head.split(':').filter((group) => group !== '')
  const right = tail.split(':').filter((group) => group !== '')
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0')
  return [...left, ...zeros, ...right].slice(0, 4).join(':')
}
