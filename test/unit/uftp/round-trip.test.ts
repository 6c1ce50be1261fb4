import { describe, expect, it } from 'vitest'
import { RoundTrip } from '../../../src/uftp/round-trip.ts'

class SteppedClock {
  nowMs = 0
  monotonicMs = (): number => this.nowMs
  epochNs = (): bigint => 0n
}

function measured(): { roundTrip: RoundTrip; take: (ms: number) => void } {
  const clock = new SteppedClock()
  const roundTrip = new RoundTrip(clock)
  const take = (ms: number): void => {
    const answered = roundTrip.begin()
    clock.nowMs += ms
    answered()
  }
  return { roundTrip, take }
}

describe('RoundTrip', () => {
  it('is nothing before the first answer', () => {
    expect(measured().roundTrip.ms).toBe(0)
  })

  it('is the shortest answer, as the others were worked on or waited for', () => {
    const { roundTrip, take } = measured()
    for (const ms of [95, 41, 40, 3000, 44]) take(ms)
    expect(roundTrip.ms).toBe(40)
  })

  it('forgets: the way may have become longer', () => {
    const { roundTrip, take } = measured()
    take(5)
    for (let count = 0; count < 200; count++) take(100)
    expect(roundTrip.ms).toBe(100)
  })
})
