import { expect, it } from 'vitest'
import { Flow, Link } from '../../../bench/wan/link.ts'
import { deferred } from '../../../src/support/deferred.ts'

const KiB = 1024
const delayMs = 5
const bytesPerSecond = 50e6
const windowBytes = 64 * KiB
/** The link may be early by that: it says so itself. */
const slackMs = 0.5

interface Received {
  /** Most bytes that were under way at a time. */
  readonly mostBytes: number
  readonly firstMs: number
  readonly lastMs: number
}

/** Sends `total` bytes over a flow of its own, as fast as the window allows. */
async function send(link: Link, total: number, openAtMs = 0): Promise<Received> {
  const source = Buffer.from(Array.from({ length: total }, (_, index) => index % 251))
  const pieces: Buffer[] = []
  const times: number[] = []
  const ended = deferred()
  let sent = 0
  let received = 0
  let most = 0
  let isEnded = false
  const flow = new Flow({
    link,
    windowBytes,
    openAtMs,
    deliver: (piece, taken) => {
      times.push(performance.now())
      if (!piece) return ended.resolve()
      pieces.push(piece)
      received += piece.length
      taken()
    },
    resume: () => push(),
  })
  const push = (): void => {
    while (sent < total) {
      const piece = source.subarray(sent, sent + 3000)
      sent += piece.length
      most = Math.max(most, sent - received)
      if (!flow.push(piece)) return
    }
    if (isEnded) return
    isEnded = true
    flow.push(null)
  }
  push()
  await ended.promise
  expect(Buffer.concat(pieces).equals(source)).toBe(true)
  return { mostBytes: most, firstMs: times[0]!, lastMs: times.at(-1)! }
}

it('delivers every byte in order, none before it can be there', async () => {
  const link = new Link(bytesPerSecond, delayMs)
  const startMs = performance.now()
  const total = 300_000
  const { firstMs, lastMs } = await send(link, total)
  expect(firstMs - startMs).toBeGreaterThanOrEqual(delayMs - slackMs)
  expect(lastMs - startMs).toBeGreaterThanOrEqual(
    (total / bytesPerSecond) * 1000 + delayMs - slackMs,
  )
  expect(link.sent).toBe(total)
})

it('has no more under way than the window, and one piece', async () => {
  const { mostBytes } = await send(new Link(bytesPerSecond, delayMs), 500_000)
  expect(mostBytes).toBeGreaterThanOrEqual(windowBytes)
  expect(mostBytes).toBeLessThan(windowBytes + 3000)
})

it('is shared by several flows: together they are no faster than it is', async () => {
  const link = new Link(bytesPerSecond, delayMs)
  const startMs = performance.now()
  const ends = await Promise.all([100_000, 200_000, 300_000].map((total) => send(link, total)))
  const lastMs = Math.max(...ends.map((end) => end.lastMs))
  expect(lastMs - startMs).toBeGreaterThanOrEqual(
    (600_000 / bytesPerSecond) * 1000 + delayMs - slackMs,
  )
})

it('lets nothing through before the connection is open', async () => {
  const openAtMs = performance.now() + 30
  const { firstMs } = await send(new Link(bytesPerSecond, delayMs), 1000, openAtMs)
  expect(firstMs).toBeGreaterThanOrEqual(openAtMs + delayMs - slackMs)
})
