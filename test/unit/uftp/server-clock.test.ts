/** Times through a clock of unknown zone, against zones as the system knows them. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ServerClock, type ClockedFile } from '../../../src/uftp/server-clock.ts'

const secondNs = 1_000_000_000n

/** Seconds that `zone` is ahead of UTC at a moment. */
function zoneOffset(zone: string, epochSeconds: number): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(epochSeconds * 1000)
  const [year, month, day, hour, minute, second] = (
    ['year', 'month', 'day', 'hour', 'minute', 'second'] as const
  ).map((type) => Number(parts.find((part) => part.type === type)!.value))
  return Date.UTC(year!, month! - 1, day, hour, minute, second) / 1000 - epochSeconds
}

/** mktime(3): of two moments the first; a time that does not exist is taken by the winter offset. */
function mktime(zone: string, local: number): number {
  const offsets = [local - 86_400, local + 86_400].map((near) => zoneOffset(zone, near))
  const moments = offsets.map((offset) => local - offset)
  const fitting = moments.filter((moment) => moment + zoneOffset(zone, moment) === local)
  return fitting.length > 0 ? Math.min(...fitting) : Math.max(...moments)
}

class ZonedFile implements ClockedFile {
  time = 0n
  sets = 0
  readonly #zone: string

  constructor(zone: string) {
    this.#zone = zone
  }

  async set(localNs: bigint): Promise<bigint> {
    this.sets += 1
    this.time = BigInt(mktime(this.#zone, Number(localNs / secondNs))) * secondNs
    return this.time
  }
}

const zones = ['America/New_York', 'Europe/Berlin', 'Asia/Kolkata', 'Australia/Lord_Howe', 'UTC']

function epochNs(iso: string): bigint {
  return BigInt(Date.parse(iso)) * 1_000_000n
}

describe.each(zones)('in %s', (zone) => {
  test('every moment is reached or known to be unreachable', async () => {
    const clock = new ServerClock()
    const file = new ZonedFile(zone)
    const moment = fc.integer({ min: 0, max: Date.UTC(2037, 0) / 1000 })
    await fc.assert(
      fc.asyncProperty(moment, fc.integer({ min: -14, max: 14 }), async (seconds, hours) => {
        const wanted = BigInt(seconds) * secondNs
        const guess = clock.offsetNs(wanted) ?? BigInt(hours) * 3600n * secondNs
        file.sets = 0
        const isReached = await clock.reach(wanted, guess, file)
        expect(isReached).toBe(file.time === wanted)
        const local = seconds + zoneOffset(zone, seconds)
        expect(isReached).toBe(mktime(zone, local) === seconds)
        if (isReached) expect(file.sets).toBeLessThanOrEqual(3)
      }),
      { numRuns: 200 },
    )
  })
})

describe('New York', () => {
  const zone = 'America/New_York'

  test.each([
    ['2024-01-15T12:00:00Z', true],
    ['2024-07-15T12:00:00Z', true],
    ['2024-03-10T06:59:59Z', true],
    ['2024-03-10T07:00:00Z', true],
    ['2024-11-03T04:59:59Z', true],
    ['2024-11-03T05:30:00Z', true],
    ['2024-11-03T06:30:00Z', false],
    ['2024-11-03T07:00:00Z', true],
  ])('%s can be reached: %s', async (iso, reachable) => {
    for (const guess of [-5n, -4n, 9n]) {
      const file = new ZonedFile(zone)
      const isReached = await new ServerClock().reach(epochNs(iso), guess * 3600n * secondNs, file)
      expect(isReached).toBe(reachable)
    }
  })

  test('a month once learned needs one setting', async () => {
    const clock = new ServerClock()
    const file = new ZonedFile(zone)
    await clock.reach(epochNs('2024-07-15T12:00:00Z'), 0n, file)
    expect(file.sets).toBe(2)
    const again = epochNs('2024-07-20T18:00:00Z')
    await clock.reach(again, clock.offsetNs(again)!, file)
    expect(file.sets).toBe(3)
  })
})

test("another client's write in between does not spoil the offset", async () => {
  const file = new ZonedFile('America/New_York')
  let writes = 0
  const disturbed: ClockedFile = {
    set: async (localNs) => {
      const time = await file.set(localNs)
      return (writes += 1) === 1 ? epochNs('2026-11-20T00:00:00Z') : time
    },
  }
  const wanted = epochNs('2024-01-15T12:00:00Z')
  expect(await new ServerClock().reach(wanted, -5n * 3600n * secondNs, disturbed)).toBe(true)
})
