/** Reading over a long link: what is fetched, in which pieces, and that the bytes are right. */

import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { deferred, type Deferred } from '../../../src/support/deferred.ts'
import { ErrnoError } from '../../../src/support/errno-error.ts'
import { pageBytes } from '../../../src/vfs/page.ts'
import type { VfsOptions } from '../../../src/vfs/vfs-options.ts'
import { MemoryRemote } from '../../support/vfs/memory-remote.ts'
import { caller, VfsSession } from '../../support/vfs/vfs-session.ts'

const MiB = 2 ** 20
const content = randomBytes(8 * pageBytes + 777)

/** Notes what is asked of the far side. */
class FarRemote extends MemoryRemote {
  override roundTripMs = 40
  readonly asked: [number, number][] = []

  override read(...args: Parameters<MemoryRemote['read']>): Promise<number> {
    this.asked.push([args[1].start, args[1].end])
    return super.read(...args)
  }

  get bytesAsked(): number {
    return this.asked.reduce((sum, [start, end]) => sum + end - start, 0)
  }
}

async function openFar(options: Partial<VfsOptions> = {}, bytes: Uint8Array = content) {
  const remote = new FarRemote([])
  const session = await VfsSession.create(options, remote)
  remote.put('/f', bytes)
  const fh = await session.open('f')
  return { remote, session, fh }
}

it('fetches at random what is asked, rounded to 4 KiB', async () => {
  const { remote, session, fh } = await openFar()
  await session.read(fh, 300_000, 100)
  await session.read(fh, 600_001, 4096)
  expect(remote.asked).toEqual([
    [299_008, 303_104],
    [598_016, 606_208],
  ])
})

it('fetches the rest of a page once half of it has been asked for', async () => {
  const { remote, session, fh } = await openFar({ readAheadBytes: 0 })
  for (let at = 3 * pageBytes - 4096; at >= 2 * pageBytes; at -= 4096) await session.read(fh, at, 9)
  expect(remote.asked).toHaveLength(16)
  expect(remote.bytesAsked).toBe(pageBytes)
})

it('cuts windows into stripes, in order', async () => {
  const { remote, session, fh } = await openFar({}, Buffer.alloc(100 * MiB))
  for (let at = 0; at < 40 * MiB; at += MiB) await session.read(fh, at, MiB)
  expect(remote.asked[0]![0]).toBe(0)
  remote.asked.forEach(([start], index) => {
    if (index > 0) expect(start).toBe(remote.asked[index - 1]![1])
  })
  const largest = Math.max(...remote.asked.map(([start, end]) => end - start))
  expect(largest).toBe(4 * MiB)
})

it('gives the right bytes in whatever order they arrive, and whichever fetch fails', async () => {
  const read = fc.record({
    offset: fc.nat(content.length),
    size: fc.oneof(fc.integer({ min: 1, max: 9000 }), fc.integer({ min: 1, max: 400_000 })),
    /** Which of those under way is answered first, and whether it fails. */
    answer: fc.nat(),
    fails: fc.integer({ min: 0, max: 3 }).map((number) => number === 0),
    /** Which reader has taken its bytes. */
    taken: fc.nat(),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(read, { minLength: 1, maxLength: 25 }), async (reads) => {
      const { remote, session, fh } = await openFar({ cacheBytes: 3 * pageBytes })
      const pending: Deferred<void>[] = []
      remote.before = (verb) => {
        const turn = deferred()
        if (verb === 'read') pending.push(turn)
        else turn.resolve()
        return turn.promise
      }
      const answered: { check: () => void; release: () => void }[] = []
      const start = async (offset: number, size: number): Promise<void> => {
        const releases: (() => void)[] = []
        const onAnswered = (release: () => void): void => void releases.push(release)
        const pieces = await session.vfs.read(fh, offset, size, { ...caller, onAnswered })
        const expected = content.subarray(offset, offset + size)
        const check = (): void => expect(Buffer.concat(pieces).equals(expected)).toBe(true)
        check()
        answered.push({ check, release: () => releases.forEach((release) => release()) })
      }
      const results: Promise<unknown>[] = []
      for (const { offset, size, answer, fails, taken } of reads) {
        results.push(start(offset, size).catch((error: unknown) => error))
        await settle()
        const [turn] = pending.splice(pending.length > 0 ? answer % pending.length : 0, 1)
        if (fails) turn?.reject(new ErrnoError('EIO', 'lost'))
        else turn?.resolve()
        await settle()
        // Their memory is theirs until they have answered.
        for (const { check } of answered) check()
        const [one] = answered.splice(answered.length > 0 ? taken % answered.length : 0, 1)
        one?.release()
      }
      remote.before = () => {}
      for (const turn of pending) turn.resolve()
      for (const result of await Promise.all(results)) {
        if (result !== undefined) expect(result).toMatchObject({ code: 'EIO' })
      }
      for (const { check, release } of answered) {
        check()
        release()
      }
      expect(await session.read(fh, 0, content.length)).toBe(content.toString('latin1'))
    }),
    { numRuns: 100 },
  )
})

/** Lets everything go on that does not wait for the far side. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
}

it('fetches slices in equal distances before they are asked for, up to the end', async () => {
  const stride = 2 * pageBytes
  const bytes = randomBytes(20 * stride + 777)
  const { remote, session, fh } = await openFar({}, bytes)
  for (let at = stride; at < 15 * stride; at += stride) {
    const read = await session.vfs.read(fh, at, 8192, caller)
    expect(Buffer.concat(read).equals(bytes.subarray(at, at + 8192))).toBe(true)
  }
  const slices = Array.from({ length: 20 }, (_, index) => [
    (index + 1) * stride,
    (index + 1) * stride + (index === 19 ? 777 : 8192),
  ])
  expect(remote.asked).toEqual(slices)
})
