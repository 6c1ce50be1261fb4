import { describe, expect, test, vi } from 'vitest'
import { abortable } from '../../../src/support/abortable.ts'
import { systemClock } from '../../../src/support/clock.ts'
import { deferred } from '../../../src/support/deferred.ts'
import { ConnectionLost } from '../../../src/uftp/connection-lost.ts'
import { Retry } from '../../../src/uftp/retry.ts'
import type { Lease, SessionPool } from '../../../src/uftp/session-pool.ts'

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

describe('a listing that nobody waits for, while all data sessions are busy', () => {
  const metadata = 'metadata session'
  const data = 'data session'

  function start() {
    const free = deferred<Lease>()
    const release = vi.fn<() => void>()
    const pool = {
      tryLeaseIdle: () => undefined,
      lease: (signal?: AbortSignal) => abortable(free.promise, signal),
      metadata: async () => metadata,
    } as unknown as SessionPool
    const awaited = new AbortController()
    const ended = new AbortController()
    const listing = new Retry({ pool, timeoutMs: 1000, clock: systemClock }).listing(
      async (session) => session as unknown,
      ended.signal,
      awaited.signal,
    )
    const give = (): void =>
      free.resolve({ session: data, isShared: true, release } as unknown as Lease)
    return { listing, awaited, ended, give, release }
  }

  test('waits for one of them', async () => {
    const { listing, give, release } = start()
    give()
    expect(await listing).toBe(data)
    expect(release).toHaveBeenCalledOnce()
  })

  test('does not any longer when somebody begins to wait', async () => {
    const { listing, awaited } = start()
    awaited.abort()
    expect(await listing).toBe(metadata)
  })

  test('takes none that comes too late', async () => {
    const { listing, ended, give, release } = start()
    ended.abort(new Error('the end'))
    await expect(listing).rejects.toThrow('the end')
    give()
    await vi.waitFor(() => expect(release).toHaveBeenCalledOnce())
  })
})
