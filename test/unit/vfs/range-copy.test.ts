import { describe, expect, it, vi } from 'vitest'
import { ErrnoError } from '../../../src/support/errno-error.ts'
import { blockBytes, ContentMemory } from '../../../src/vfs/content-memory.ts'
import type { VfsOptions } from '../../../src/vfs/vfs-options.ts'
import { caller, VfsSession } from '../../support/vfs/vfs-session.ts'

const mebibyte = 2 ** 20

async function sessionWith(content: Uint8Array | string, options: Partial<VfsOptions> = {}) {
  const session = await VfsSession.create(options)
  session.remote.put('/source', content)
  const source = await session.open('source')
  const target = await session.create('target')
  return { session, source, target }
}

type Place = readonly [fh: number, offset: number]

function copy(session: VfsSession, from: Place, to: Place, length: number, signal?: AbortSignal) {
  return session.vfs.copyRange(
    { fh: from[0], offset: from[1] },
    { fh: to[0], offset: to[1] },
    length,
    signal ? { ...caller, signal } : caller,
  )
}

describe('copyRange', () => {
  it('copies what programs see of the source, to the place in the target', async () => {
    const { session, source, target } = await sessionWith('0123456789')
    await session.write(source, 2, 'new')
    await session.write(target, 0, 'target')
    expect(await copy(session, [source, 1], [target, 4], 6)).toBe(6)
    expect(await session.read(target, 0, 100)).toBe('targ1new56')
    await session.close(target)
    expect(session.remote.text('/target')).toBe('targ1new56')
  })

  it('copies up to the end of the source, and nothing behind it', async () => {
    const { session, source, target } = await sessionWith('0123456789')
    expect(await copy(session, [source, 8], [target, 0], 100)).toBe(2)
    expect(await copy(session, [source, 10], [target, 2], 100)).toBe(0)
    expect(await copy(session, [source, 11], [target, 2], 100)).toBe(0)
    expect(await session.read(target, 0, 100)).toBe('89')
  })

  it('lets go of the memory of what it has read', async () => {
    const cacheBytes = 4 * mebibyte
    const taken = vi.spyOn(ContentMemory.prototype, 'take')
    const given = vi.spyOn(ContentMemory.prototype, 'give')
    const content = Buffer.alloc(24 * mebibyte, 'abcdefg')
    const { session, source, target } = await sessionWith(content, { cacheBytes })
    let offset = 0
    while (offset < content.length) {
      offset += await copy(session, [source, offset], [target, offset], content.length - offset)
    }
    await session.close(target)
    expect(session.remote.nodes.get('/target')!.content.equals(content)).toBe(true)
    const heldBlocks = taken.mock.calls.length - given.mock.calls.length
    expect(heldBlocks * blockBytes).toBeLessThanOrEqual(cacheBytes)
    vi.restoreAllMocks()
  })

  it('copies a large file in bounded calls and few remote transfers', async () => {
    const size = 40 * mebibyte + 7
    const content = Buffer.alloc(size, 'abcdefg')
    const { session, source, target } = await sessionWith(content)
    const calls: number[] = []
    for (let offset = 0; offset < size; offset += calls.at(-1)!) {
      calls.push(await copy(session, [source, offset], [target, offset], size - offset))
    }
    await session.close(target)
    expect(Math.max(...calls)).toBeLessThanOrEqual(8 * mebibyte)
    expect(session.remote.nodes.get('/target')!.content.equals(content)).toBe(true)
    expect(session.remote.log.filter((line) => line === 'read /source').length).toBeLessThan(12)
    expect(session.remote.log.filter((line) => line === 'write /target').length).toBeLessThan(12)
  })

  it('copies within one file where the ranges are apart, and refuses those that overlap', async () => {
    const { session, source } = await sessionWith('0123456789')
    expect(await copy(session, [source, 0], [source, 5], 5)).toBe(5)
    expect(await session.read(source, 0, 100)).toBe('0123401234')
    for (const [from, to, length] of [
      [0, 4, 5],
      [4, 0, 5],
      [3, 3, 1],
    ] as const) {
      await expect(copy(session, [source, from], [source, to], length)).rejects.toMatchObject({
        code: 'EINVAL',
      })
    }
    // Cut at the end of the file they are apart.
    expect(await copy(session, [source, 8], [source, 4], 100)).toBe(2)
    expect(await session.read(source, 0, 100)).toBe('0123341234')
  })

  it.each([
    ['a source open for writing only', 'write', 'write', false],
    ['a target open for reading only', 'read', 'read', false],
    ['a target that appends', 'read', 'write', true],
  ] as const)('refuses %s', async (_, sourceAccess, targetAccess, append) => {
    const session = await VfsSession.create()
    session.remote.put('/source', 'x')
    session.remote.put('/target', 'y')
    const source = await session.open('source', { access: sourceAccess })
    const target = await session.open('target', { access: targetAccess, append })
    await expect(copy(session, [source, 0], [target, 0], 1)).rejects.toMatchObject({
      code: 'EBADF',
    })
  })

  it('tells what was copied before a failure, then the failure', async () => {
    const { session, source, target } = await sessionWith(Buffer.alloc(4 * mebibyte))
    let reads = 0
    const read = session.remote.read.bind(session.remote)
    session.remote.read = async (path, range, sink) => {
      reads += 1
      if (range.start >= mebibyte) throw new ErrnoError('EACCES', 'read')
      const end = Math.min(range.end, mebibyte)
      await read(path, { start: range.start, end }, sink)
      throw new ErrnoError('EACCES', 'read')
    }
    expect(await copy(session, [source, 0], [target, 0], 4 * mebibyte)).toBe(mebibyte)
    const again = copy(session, [source, mebibyte], [target, mebibyte], mebibyte)
    await expect(again).rejects.toMatchObject({ code: 'EACCES' })
    expect(reads).toBeGreaterThan(1)
  })

  it('is interrupted while it waits', async () => {
    const { session, source, target } = await sessionWith('x')
    const interrupt = new AbortController()
    session.remote.before = (verb) => {
      if (verb !== 'read') return undefined
      interrupt.abort(new ErrnoError('EINTR', 'interrupted'))
      return new Promise<never>(() => {})
    }
    const copying = copy(session, [source, 0], [target, 0], 1, interrupt.signal)
    await expect(copying).rejects.toMatchObject({ code: 'EINTR' })
  })

  it('tells the target its refused write', async () => {
    const { session, source, target } = await sessionWith('x')
    session.remote.before = (verb) => {
      if (verb === 'write') throw new ErrnoError('EDQUOT', 'write')
    }
    await copy(session, [source, 0], [target, 0], 1)
    await expect(session.flush(target)).rejects.toMatchObject({ code: 'EDQUOT' })
  })
})
