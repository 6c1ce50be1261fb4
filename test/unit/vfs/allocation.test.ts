import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ErrnoError } from '../../../src/support/errno-error.ts'
import type { ByteRange } from '../../../src/support/byte-range.ts'
import type { Allocation } from '../../../src/vfs/filesystem.ts'
import { caller, VfsSession } from '../../support/vfs/vfs-session.ts'

const mebibyte = 2 ** 20

async function sessionWith(content: string) {
  const session = await VfsSession.create()
  session.remote.put('/f', content)
  const fh = await session.open('f')
  const allocate = (range: ByteRange, allocation: Allocation, keepSize = false): Promise<void> =>
    session.vfs.allocate(fh, range, allocation, keepSize, caller)
  return { session, fh, allocate }
}

describe('allocate', () => {
  it.each([
    ['reserve', false, { start: 2, end: 4 }, 'abcdef'],
    ['reserve', false, { start: 2, end: 9 }, 'abcdef\0\0\0'],
    ['reserve', false, { start: 8, end: 9 }, 'abcdef\0\0\0'],
    ['reserve', true, { start: 0, end: 6 }, 'abcdef'],
    ['punch-hole', true, { start: 2, end: 4 }, 'ab\0\0ef'],
    ['punch-hole', true, { start: 4, end: 100 }, 'abcd\0\0'],
    ['punch-hole', true, { start: 6, end: 100 }, 'abcdef'],
    ['zero-range', true, { start: 2, end: 6 }, 'ab\0\0\0\0'],
    ['zero-range', false, { start: 4, end: 8 }, 'abcd\0\0\0\0'],
  ] as const)('%s, keepSize %s, of %j leaves %j', async (allocation, keepSize, range, expected) => {
    const { session, fh, allocate } = await sessionWith('abcdef')
    await allocate(range, allocation, keepSize)
    expect(await session.read(fh, 0, 100)).toBe(expected)
    await session.close(fh)
    expect(session.remote.text('/f')).toBe(expected)
  })

  it('gives the file a new time, also where there is nothing to store', async () => {
    const { session, allocate } = await sessionWith('abcdef')
    const { nodeid } = await session.existing('f')
    await session.vfs.setAttributes(nodeid, { mtimeNs: 1n }, undefined, caller)
    await allocate({ start: 2, end: 4 }, 'reserve')
    const { attributes } = await session.existing('f')
    expect(attributes.mtimeNs).toBeGreaterThan(1n)
  })

  it('lies in order with writes before and after it', async () => {
    const { session, fh, allocate } = await sessionWith('')
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            fill: fc.constantFrom('a', 'b', undefined),
            start: fc.nat(40),
            length: fc.integer({ min: 1, max: 20 }),
          }),
          { maxLength: 12 },
        ),
        async (steps) => {
          let model = ''
          await session.vfs.setAttributes(
            (await session.existing('f')).nodeid,
            { size: 0 },
            fh,
            caller,
          )
          for (const { fill, start, length } of steps) {
            const end = start + length
            if (fill) await session.write(fh, start, fill.repeat(length))
            else await allocate({ start, end }, 'zero-range')
            const padded = model.padEnd(end, '\0')
            model = padded.slice(0, start) + (fill ?? '\0').repeat(length) + padded.slice(end)
            expect(await session.read(fh, 0, 100)).toBe(model)
          }
        },
      ),
    )
  })

  it.each(['reserve', 'zero-range'] as const)(
    'tells at once that there is no room to %s',
    async (allocation) => {
      const { session, fh, allocate } = await sessionWith('')
      session.remote.before = (verb) => {
        if (verb === 'write') throw new ErrnoError('ENOSPC', 'write')
      }
      const outdated: number[] = []
      session.vfs.setInvalidation({
        invalidateAttributes: async () => {},
        invalidateInode: (nodeid) => void outdated.push(nodeid),
        invalidateEntry: () => {},
      })
      const reserving = allocate({ start: 0, end: 5 }, allocation)
      await expect(reserving).rejects.toMatchObject({ code: 'ENOSPC' })
      expect(outdated).toContain((await session.existing('f')).nodeid)
      await session.flush(fh) // told once
    },
  )

  it('never holds more than the write buffer, and ends between pieces when interrupted', async () => {
    const session = await VfsSession.create({ dirtyBytes: 4 * mebibyte })
    const fh = await session.create('f')
    const interrupt = new AbortController()
    session.remote.before = (verb) => {
      if (verb === 'write') interrupt.abort(new ErrnoError('EINTR', 'interrupted'))
    }
    const range = { start: 0, end: 2 ** 50 }
    const interrupted = { ...caller, signal: interrupt.signal }
    await expect(
      session.vfs.allocate(fh, range, 'reserve', false, interrupted),
    ).rejects.toMatchObject({ code: 'EINTR' })
    await session.close(fh)
    expect(session.remote.nodes.get('/f')!.content.length).toBeLessThan(16 * mebibyte)
  })

  it.each([
    ['EOPNOTSUPP', { start: 0, end: 7 }, 'reserve', true],
    ['EOPNOTSUPP', { start: 0, end: 7 }, 'zero-range', true],
    ['EINVAL', { start: 3, end: 3 }, 'reserve', false],
    ['EINVAL', { start: -1, end: 3 }, 'reserve', false],
    ['EFBIG', { start: 0, end: 2 ** 53 }, 'reserve', false],
  ] as const)(
    'refuses with %s the range %j to %s, keepSize %s',
    async (code, range, allocation, keepSize) => {
      const { session, fh, allocate } = await sessionWith('abcdef')
      await expect(allocate(range, allocation, keepSize)).rejects.toMatchObject({ code })
      await session.close(fh)
      expect(session.remote.text('/f')).toBe('abcdef')
    },
  )

  it('needs a handle that may write', async () => {
    const session = await VfsSession.create()
    session.remote.put('/f', 'x')
    const fh = await session.open('f', { access: 'read' })
    const range = { start: 0, end: 1 }
    await expect(session.vfs.allocate(fh, range, 'punch-hole', true, caller)).rejects.toMatchObject(
      { code: 'EBADF' },
    )
  })
})
