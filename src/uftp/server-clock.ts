/**
 * Setting file times through a clock in an unknown time zone.
 *
 * Stock UFTPD reads MFMT's time as its own local time (mktime(3)), and STAT tells the resulting time
 * in UTC. So a time is set, looked at and corrected:
 *
 *     got = set(wanted + offset);  if got ≠ wanted: offset += wanted − got, once more
 *
 * mktime is piecewise a shift: with a wrong offset (none known yet, or that of the other half of the
 * year) the difference is the error of the offset, and the second try is right. Only in the hour that
 * autumn repeats this may fail: its local time means two moments, the server picks one (glibc the one
 * whose offset it used last), and the correction can lead out of it.
 *
 * Offsets that worked are kept per month; in a month of a change they are a guess like any other.
 */

/** A file whose time is set in local time and told in UTC; nanoseconds both, of whole seconds. */
export interface ClockedFile {
  /** Resolves with the time it has then. */
  set(localNs: bigint): Promise<bigint>
}

/** The first try may use the offset of another season, the second one settles it, one for luck. */
const triesMax = 3
const monthsMax = 1_200
/** More than any zone has ever been away from UTC. */
const zoneOffsetMaxNs = 26n * 3_600_000_000_000n

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

  /** Gives `file` the time `wanted`. False when it cannot be reached: it then has a wrong time. */
  async reach(wanted: bigint, firstOffsetNs: bigint, file: ClockedFile): Promise<boolean> {
    let offset = firstOffsetNs
    for (let attempt = 1; attempt <= triesMax; attempt++) {
      const got = await file.set(wanted + offset)
      if (got === wanted) {
        this.learn(wanted, wanted + offset)
        return true
      }
      const corrected = offset + wanted - got
      // A larger difference is somebody else's write in between, not a time zone.
      if (corrected > -zoneOffsetMaxNs && corrected < zoneOffsetMaxNs) offset = corrected
    }
    return false
  }
}

function monthOf(epochNs: bigint): string {
  return new Date(Number(epochNs / 1_000_000n)).toISOString().replace(/-\d\dT.*/, '')
}
