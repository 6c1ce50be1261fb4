import { beforeEach, describe, expect, test } from 'vitest'
import { QuickCalls, type Call } from '../../../../src/server/uftpd/quick-calls.ts'

let nowMs: number
let quick: QuickCalls
let made: string[]

beforeEach(async () => {
  nowMs = 0
  made = []
  quick = new QuickCalls({ monotonicMs: () => nowMs })
})

/** Takes that long, in either thread. */
const wait: Call<[ms: number], string> = {
  here: (ms) => {
    nowMs += ms
    made.push('here')
    return 'done here'
  },
  inThread: async (ms) => {
    nowMs += ms
    made.push('in thread')
    return 'done in thread'
  },
}

async function prove(ms = 0.1, isFit = true): Promise<void> {
  await quick.prove(async () => {
    nowMs += ms
    return isFit
  })
}

/** Where the calls are made, each taking `ms`. */
async function places(count: number, ms = 0.01): Promise<readonly string[]> {
  made = []
  for (let call = 0; call < count; call += 1) await quick.make(wait, ms)
  return [...new Set(made)]
}

describe('a storage that has proven nothing', () => {
  test('has its calls made in other threads', async () => {
    expect(await quick.make(wait, 0.01)).toBe('done in thread')
    expect([quick.trusted, quick.doubted]).toEqual([false, true])
  })

  test('is trusted after a quick proof', async () => {
    await prove()
    expect([quick.trusted, quick.doubted]).toEqual([true, false])
    expect(await quick.make(wait, 0.01)).toBe('done here')
  })

  test.each([
    ['slow', 21, true, 100],
    ['very slow', 3000, true, 3000],
    ['an hour away', 3_600_000, true, 60_000],
    ['unfit', 0.1, false, 60_000],
  ])('is not asked again at once when the proof was %s', async (_name, ms, isFit, pauseMs) => {
    await prove(ms, isFit)
    expect([quick.trusted, quick.doubted]).toEqual([false, false])
    nowMs += pauseMs - 1
    expect(quick.doubted).toBe(false)
    nowMs += 1
    expect(quick.doubted).toBe(true)
  })

  test('is not asked twice at a time', async () => {
    let answer!: (isFit: boolean) => void
    const proving = quick.prove(() => new Promise((resolve) => (answer = resolve)))
    expect([quick.trusted, quick.doubted]).toEqual([false, false])
    answer(true)
    await proving
    expect(quick.trusted).toBe(true)
  })

  test('is not trusted when the proof fails', async () => {
    await expect(quick.prove(() => Promise.reject(new Error('gone')))).rejects.toThrow('gone')
    expect([quick.trusted, quick.doubted]).toEqual([false, false])
  })
})

describe('trust', () => {
  beforeEach(() => prove())

  test('lasts as long as there are quick calls, and a second more', async () => {
    for (let second = 0; second < 10; second += 1) {
      nowMs += 999
      expect(await places(1)).toEqual(['here'])
    }
    nowMs += 1000
    expect(await places(1)).toEqual(['in thread'])
    expect(quick.doubted).toBe(true)
  })

  test('is not lost by calls from memory, however many', async () => {
    expect(await places(10_000, 0.19)).toEqual(['here'])
  })

  test('is not lost by one call that had to wait for its turn', async () => {
    for (let round = 0; round < 20; round += 1) {
      expect(await places(1, 99)).toEqual(['here'])
      expect(await places(64)).toEqual(['here'])
    }
  })

  test.each([
    ['one that hangs', [100]],
    ['two slow ones', [5, 5]],
    ['a slow one among a few that are quick', [5, 0.01, 0.01, 0.01, 0.01, 5]],
    ['many that are a little slow', Array.from({ length: 18 }, () => 0.3)],
  ])('is lost by %s', async (_name, times) => {
    for (const ms of times) {
      expect(quick.trusted).toBe(true)
      await quick.make(wait, ms)
    }
    expect([quick.trusted, quick.doubted]).toEqual([false, false])
    expect(await places(3)).toEqual(['in thread'])
  })

  test.each([
    [100, 5000],
    [1000, 50_000],
    [3_600_000, 60_000],
  ])('after %d ms is not given for %d ms', async (ms, pauseMs) => {
    await quick.make(wait, ms)
    nowMs += pauseMs - 1
    expect([quick.trusted, quick.doubted]).toEqual([false, false])
    nowMs += 1
    expect(quick.doubted).toBe(true)
  })

  test('that was lost once is lost by the next slow call', async () => {
    await quick.make(wait, 100)
    nowMs += 5000
    await prove()
    await quick.make(wait, 3)
    expect(quick.trusted).toBe(false)
  })

  test('counts the time of calls that fail, and passes their errors on', async () => {
    const failing: Call<[], never> = {
      here: () => {
        nowMs += 100
        throw new Error('here')
      },
      inThread: () => Promise.reject(new Error('in thread')),
    }
    await expect(quick.make(failing)).rejects.toThrow('here')
    await expect(quick.make(failing)).rejects.toThrow('in thread')
  })
})
