/** Several runs of one file are under way at a time, and come out as if each had waited. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { deferred } from '../../../src/support/deferred.ts'
import { VfsSession, caller } from '../../support/vfs/vfs-session.ts'

const fileBytes = 300

/** Writes arrive in an order of their own: each waits at the far side for its turn out of `delays`. */
async function sessionWithDelays(delays: readonly number[]) {
  const session = await VfsSession.create()
  let count = 0
  session.remote.before = async (verb) => {
    if (verb !== 'write' && verb !== 'truncate') return
    const turns = delays[count++ % delays.length]!
    for (let turn = 0; turn < turns; turn++) await new Promise((done) => setImmediate(done))
  }
  return session
}

test(
  'whatever is written, cut and flushed in whatever order it arrives',
  { timeout: 30_000 },
  async () => {
    const offset = fc.nat(fileBytes)
    const step = fc.oneof(
      {
        weight: 8,
        arbitrary: fc.tuple(fc.constant('write'), offset, fc.integer({ min: 1, max: 9 })),
      },
      { weight: 1, arbitrary: fc.tuple(fc.constant('cut'), offset, fc.constant(0)) },
      { weight: 2, arbitrary: fc.tuple(fc.constant('flush'), fc.constant(0), fc.constant(0)) },
    )
    const delays = fc.array(fc.nat(6), { minLength: 1, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), delays, async (steps, each) => {
        const session = await sessionWithDelays(each)
        const fh = await session.create('f')
        const { nodeid } = await session.existing('f')
        let model = Buffer.alloc(0)
        const pending: Promise<unknown>[] = []
        for (const [index, [kind, at, length]] of steps.entries()) {
          if (kind === 'flush') pending.push(session.flush(fh))
          else if (kind === 'cut') {
            await session.vfs.setAttributes(nodeid, { size: at }, fh, caller)
            model = Buffer.concat([
              model.subarray(0, at),
              Buffer.alloc(Math.max(0, at - model.length)),
            ])
          } else {
            const text = String.fromCharCode(97 + (index % 26)).repeat(length)
            await session.write(fh, at, text)
            const size = Math.max(model.length, at + length)
            model = Buffer.concat([model, Buffer.alloc(size - model.length)])
            model.write(text, at)
          }
          expect(await session.read(fh, 0, 1000)).toBe(model.toString('latin1'))
        }
        await Promise.all(pending)
        await session.close(fh)
        expect(session.remote.text('/f')).toBe(model.toString('latin1'))
        expect((await session.existing('f')).attributes.size).toBe(model.length)
      }),
      { numRuns: 60 },
    )
  },
)

test('runs that have nothing in common do not wait for each other', async () => {
  const session = await VfsSession.create()
  const fh = await session.create('f')
  for (const offset of [0, 100, 200]) await session.write(fh, offset, 'x')
  const held = deferred()
  let underWay = 0
  session.remote.before = async (verb) => {
    if (verb !== 'write') return
    underWay += 1
    await held.promise
  }
  const flushed = session.flush(fh)
  await expect.poll(() => underWay).toBe(3)
  held.resolve()
  await flushed
})

test('bytes that are written again wait for those under way', async () => {
  const session = await VfsSession.create()
  const fh = await session.create('f')
  const held = deferred()
  const sent: string[] = []
  session.remote.before = async (verb) => {
    if (verb !== 'write') return
    sent.push('write')
    await held.promise
  }
  await session.write(fh, 0, 'old')
  const flushed = session.flush(fh)
  await expect.poll(() => sent.length).toBe(1)
  // A flush lets in no further writes: they wait, and are sent when the old bytes are there.
  const written = session.write(fh, 1, 'new').then(() => session.flush(fh))
  held.resolve()
  await Promise.all([flushed, written])
  expect(session.remote.text('/f')).toBe('onew')
})
