import { expect, test } from 'vitest'
import { systemClock } from '../../../src/support/clock.ts'
import { ConnectionLost } from '../../../src/uftp/connection-lost.ts'
import { Retry } from '../../../src/uftp/retry.ts'
import type { SessionPool } from '../../../src/uftp/session-pool.ts'

test('an operation is told that it is a repetition only if it was begun before', async () => {
  const told: boolean[] = []
  let asked = 0
  const pool = {
    metadata: async () => {
      asked += 1
      if (asked === 1) throw new ConnectionLost('no session could be had')
      return {}
    },
  } as unknown as SessionPool
  const retry = new Retry({ pool, timeoutMs: 1000, clock: systemClock })
  await retry.metadata(async (_, isRepetition) => {
    told.push(isRepetition)
    if (told.length === 1) throw new ConnectionLost('lost while it ran')
  })
  expect(told).toEqual([false, true])
})
