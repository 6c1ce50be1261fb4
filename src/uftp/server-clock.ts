/**
 * What is known of the server's time zone: by how much its local time is ahead of UTC, learned from
 * files whose time is known both ways. Offsets change with daylight saving, so they are kept per
 * month; in a month of a change the offset is only a guess, which the caller checks anyway.
 */

const monthsMax = 1_200

export class ServerClock {
  readonly #offsets = new Map<string, bigint>()

  /** Nanoseconds that local time is ahead of UTC in the month of `epochNs`, if known. */
  offsetNs(epochNs: bigint): bigint | undefined {
    return this.#offsets.get(monthOf(epochNs))
  }

  /** `localNs`: the local time of `epochNs`, read as if it were UTC. */
  learn(epochNs: bigint, localNs: bigint): void {
    if (this.#offsets.size >= monthsMax) this.#offsets.clear()
    this.#offsets.set(monthOf(epochNs), localNs - epochNs)
  }
}

function monthOf(epochNs: bigint): string {
  return new Date(Number(epochNs / 1_000_000n)).toISOString().replace(/-\d\dT.*/, '')
}
