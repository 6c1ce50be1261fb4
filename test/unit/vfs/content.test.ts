import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { ErrnoError } from '../../../src/support/errno-error.ts'
import { deferred } from '../../../src/support/deferred.ts'
import { blockBytes, ContentMemory } from '../../../src/vfs/content-memory.ts'
import { rootNodeid } from '../../../src/vfs/filesystem.ts'
import { pageBytes } from '../../../src/vfs/page.ts'
import { MemoryRemote } from '../../support/vfs/memory-remote.ts'
import { caller, readWrite, VfsSession } from '../../support/vfs/vfs-session.ts'

/** By another name in between where there are hard links, else in one step. */
async function renamed(
  session: VfsSession,
  nodeid: number,
  before: string,
  name: string,
): Promise<void> {
  const { vfs, remote } = session
  if (remote.capabilities.has('links')) {
    await vfs.link(nodeid, rootNodeid, name, caller)
    await vfs.unlink(rootNodeid, before, caller)
  } else {
    const flags = { noReplace: false, exchange: false }
    await vfs.rename(rootNodeid, before, rootNodeid, name, flags, caller)
  }
}

describe('file content', () => {
  it.each([
    ['a plain far side', () => MemoryRemote.plain()],
    ['a far side that can do everything', () => new MemoryRemote()],
  ])('on %s equals a plain buffer after any steps through two handles', async (_, makeRemote) => {
    const most = 3 * pageBytes
    const offset = fc.nat(most)
    const operation = fc.oneof(
      fc.record({
        kind: fc.constant('write' as const),
        offset,
        length: fc.integer({ min: 1, max: 70_000 }),
        fill: fc.nat(255),
      }),
      fc.record({ kind: fc.constant('read' as const), offset, length: fc.nat(200_000) }),
      fc.record({ kind: fc.constant('truncate' as const), size: offset }),
      fc.record({
        kind: fc.constant('zero' as const),
        offset,
        length: fc.integer({ min: 1, max: 70_000 }),
      }),
      fc.record({
        kind: fc.constant('copy' as const),
        offset,
        distance: fc.integer({ min: 1, max: 200_000 }),
      }),
      fc.record({
        kind: fc.constant('append' as const),
        length: fc.integer({ min: 1, max: 70_000 }),
        fill: fc.nat(255),
      }),
      fc.record({ kind: fc.constant('rename' as const) }),
      fc.record({ kind: fc.constant('flush' as const) }),
      fc.record({ kind: fc.constant('expire' as const) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 25 }), async (operations) => {
        const session = await VfsSession.create({ cacheBytes: 2 * pageBytes }, makeRemote())
        session.remote.put('/f', Buffer.alloc(pageBytes + 77, 'x'))
        const { nodeid } = await session.existing('f')
        const handles = [await session.open('f'), await session.open('f')]
        const appending = await session.open('f', { access: 'write', append: true })
        let name = 'f'
        let model = Buffer.alloc(pageBytes + 77, 'x')
        for (const [index, step] of operations.entries()) {
          const fh = handles[index % handles.length]!
          if (step.kind === 'write') {
            const data = Buffer.alloc(step.length, step.fill)
            await session.vfs.write(fh, step.offset, data, caller)
            model = overwritten(model, step.offset, data)
          } else if (step.kind === 'zero') {
            const range = { start: step.offset, end: step.offset + step.length }
            await session.vfs.allocate(fh, range, 'zero-range', false, caller)
            model = overwritten(model, step.offset, Buffer.alloc(step.length))
          } else if (step.kind === 'copy') {
            // Forwards, of pieces that cannot overlap.
            const [from, to] = [step.offset, step.offset + step.distance].map((at) => ({
              fh,
              offset: at,
            }))
            const data = Buffer.from(model.subarray(step.offset, step.offset + step.distance))
            const copied = await session.vfs.copyRange(from!, to!, step.distance, caller)
            expect(copied).toBe(data.length)
            if (copied > 0) model = overwritten(model, to!.offset, data)
          } else if (step.kind === 'read') {
            const pieces = await session.vfs.read(fh, step.offset, step.length, caller)
            const expected = model.subarray(step.offset, step.offset + step.length)
            expect(Buffer.concat(pieces).equals(expected)).toBe(true)
          } else if (step.kind === 'truncate') {
            const result = await session.vfs.setAttributes(nodeid, { size: step.size }, fh, caller)
            expect(result.attributes.size).toBe(step.size)
            const cut = Buffer.alloc(step.size)
            model.copy(cut)
            model = cut
          } else if (step.kind === 'append') {
            const data = Buffer.alloc(step.length, step.fill)
            await session.vfs.write(appending, model.length, data, caller)
            model = overwritten(model, model.length, data)
          } else if (step.kind === 'rename') {
            const before = name
            name = `f${index}`
            await renamed(session, nodeid, before, name)
          } else if (step.kind === 'flush') {
            await session.flush(fh)
          } else session.expireCaches()
          const { attributes } = await session.vfs.getAttributes(nodeid, fh, caller)
          expect(attributes.size).toBe(model.length)
        }
        for (const fh of [...handles, appending]) await session.close(fh)
        expect([...session.remote.nodes.keys()]).toEqual(['/', `/${name}`])
        expect(session.remote.get(`/${name}`).content.equals(model)).toBe(true)
        session.vfs.assertInvariants()
      }),
      { numRuns: 60 },
    )
  })

  it('shows a write to a read that began after it, though it is confirmed while older bytes come', async () => {
    const session = await VfsSession.create()
    session.remote.put('/f', 'old old old')
    const fh = await session.open('f')
    await session.write(fh, 4, 'NEW')
    const fetched = deferred()
    const held = deferred()
    session.remote.after = (verb) => {
      if (verb !== 'read') return undefined
      fetched.resolve()
      return held.promise
    }
    const reading = session.read(fh, 0, 100)
    await fetched.promise
    const flushing = session.flush(fh)
    held.resolve()
    await flushing
    expect(await reading).toBe('old NEW old')
  })

  it('reads a window in one remote read and serves the rest from memory', async () => {
    const session = await VfsSession.create()
    session.remote.put('/f', Buffer.alloc(8 * pageBytes, 'a'))
    const fh = await session.open('f', { access: 'read' })
    for (let index = 0; index < 8; index++) await session.read(fh, index * pageBytes, pageBytes)
    expect(session.remote.log.filter((line) => line === 'read /f')).toHaveLength(1)
  })

  it('gives copies to a reader that cannot tell when it is done with the bytes', async () => {
    const given = vi.spyOn(ContentMemory.prototype, 'give')
    const session = await VfsSession.create({ cacheBytes: blockBytes })
    session.remote.put('/f', Buffer.alloc(4 * blockBytes, 'abc'))
    const fh = await session.open('f')
    const first = await session.vfs.read(fh, 0, blockBytes, caller)
    for (let index = 1; index < 4; index++) {
      await session.vfs.read(fh, index * blockBytes, blockBytes, caller)
    }
    expect(Buffer.concat(first).equals(Buffer.alloc(blockBytes, 'abc'))).toBe(true)
    expect(given.mock.calls.length).toBeGreaterThanOrEqual(3)
    vi.restoreAllMocks()
  })

  it('ends a read at the true end when the file shrank behind the mount', async () => {
    const session = await VfsSession.create()
    session.remote.put('/f', Buffer.alloc(5000, 'a'))
    const fh = await session.open('f')
    session.remote.put('/f', 'short')
    expect(await session.read(fh, 0, 5000)).toBe('short')
  })

  it('gives EIO, never a short read, when bytes are missing for no reason', async () => {
    const session = await VfsSession.create()
    session.remote.put('/f', Buffer.alloc(5000, 'a'))
    const fh = await session.open('f')
    session.remote.read = async () => 0
    await expect(session.read(fh, 0, 5000)).rejects.toMatchObject({ code: 'EIO' })
  })

  it('delivers a refused write once, to every writer, and shows what the server has', async () => {
    const session = await VfsSession.create()
    session.remote.put('/f', 'kept')
    const first = await session.open('f')
    const second = await session.open('f')
    await session.write(first, 0, 'lost')
    session.remote.before = (verb) => {
      if (verb === 'write') throw new ErrnoError('ENOSPC', 'write')
    }
    await expect(session.flush(first)).rejects.toMatchObject({ code: 'ENOSPC' })
    await session.flush(first)
    await expect(session.flush(second)).rejects.toMatchObject({ code: 'ENOSPC' })
    expect(await session.read(first, 0, 10)).toBe('kept')
  })

  it('makes writers wait when too much is pending, and never holds more', async () => {
    const session = await VfsSession.create({ dirtyBytes: 1000 })
    const fh = await session.create('f')
    const held = deferred()
    session.remote.before = (verb) => (verb === 'write' ? held.promise : undefined)
    await session.vfs.write(fh, 0, Buffer.alloc(900), caller)
    let accepted = false
    const waiting = session.vfs.write(fh, 900, Buffer.alloc(900), caller).then(() => {
      accepted = true
    })
    await new Promise(setImmediate)
    expect(accepted).toBe(false)
    held.resolve()
    await waiting
    await session.close(fh)
    expect(session.remote.nodes.get('/f')!.content.length).toBe(1800)
  })

  it('writes on to a file that was made read-only under its writer, and leaves it read-only', async () => {
    const session = await VfsSession.create()
    const { entry, file } = await session.vfs.create(rootNodeid, 'f', 0o444, readWrite, caller)
    await session.write(file.fh, 0, 'object')
    await session.close(file.fh)
    expect(session.remote.text('/f')).toBe('object')
    const { attributes } = await session.vfs.getAttributes(entry.nodeid, undefined, caller)
    expect(attributes.mode).toBe(0o444)
  })

  it('refuses at open what the far side would refuse at the first write', async () => {
    const session = await VfsSession.create()
    session.remote.put('/f', 'x')
    const { nodeid } = await session.existing('f')
    await session.vfs.setAttributes(nodeid, { mode: 0o444 }, undefined, caller)
    await expect(session.open('f')).rejects.toMatchObject({ code: 'EACCES' })
    await session.close(await session.open('f', { access: 'read' }))
  })

  it('appends at the end that it knows, whatever offset the kernel names', async () => {
    const session = await VfsSession.create()
    session.remote.put('/f', 'one')
    const fh = await session.open('f', { access: 'write', append: true })
    await session.write(fh, 0, 'two')
    await session.close(fh)
    expect(session.remote.text('/f')).toBe('onetwo')
  })
})

function overwritten(content: Buffer, offset: number, data: Buffer): Buffer<ArrayBuffer> {
  const result = Buffer.alloc(Math.max(content.length, offset + data.length))
  content.copy(result)
  data.copy(result, offset)
  return result
}
