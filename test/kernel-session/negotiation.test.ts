import { describe, expect, test } from 'vitest'
import { initFlags } from '../../src/fuse/kernel/flags.ts'
import { initOut } from '../../src/fuse/kernel/session-structs.ts'
import { bodyOf, failure, FakeSession } from '../support/fuse/fake-session.ts'
import { MemoryFilesystem } from '../support/fuse/memory-filesystem.ts'

const allFlags = 0xffffffff
const offer = { major: 7, minor: 45, max_readahead: 131072, flags: allFlags }

describe('INIT', () => {
  test('of a current kernel: large requests, no flags that were not asked for', async () => {
    await using served = new FakeSession(new MemoryFilesystem())
    const reply = await bodyOf(initOut, served.kernel.request('INIT', offer, 0).reply)
    await served.session.negotiated
    const wanted = Object.values(initFlags).reduce((all, flag) => all | flag, 0)
    expect(reply).toMatchObject({
      major: 7,
      minor: 45,
      flags: wanted,
      flags2: 0,
      max_readahead: 131072,
      max_write: 1024 * 1024,
      max_pages: 256,
      time_gran: 1,
    })
    // fuse.h: POSIX_LOCKS, DONT_MASK, FLOCK_LOCKS, AUTO_INVAL_DATA, WRITEBACK_CACHE
    for (const bit of [1, 6, 10, 12, 16]) expect(reply.flags & (1 << bit)).toBe(0)
  })

  test('never answers a flag that the kernel did not offer', async () => {
    await using served = new FakeSession(new MemoryFilesystem())
    const flags = initFlags.BIG_WRITES
    const reply = await bodyOf(initOut, served.kernel.request('INIT', { ...offer, flags }, 0).reply)
    expect(reply).toMatchObject({ flags, max_write: 32 * 4096 })
  })

  test('of an old kernel, with the short struct and a lower minor', async () => {
    await using served = new FakeSession(new MemoryFilesystem())
    const body = Buffer.alloc(16)
    body.writeUInt32LE(7, 0)
    body.writeUInt32LE(23, 4)
    body.writeUInt32LE(65536, 8)
    const reply = await bodyOf(initOut, served.kernel.requestBytes(26, body, 0).reply)
    expect(reply).toMatchObject({ major: 7, minor: 23, max_readahead: 65536, flags: 0 })
  })

  test('of a later minor is brought down to ours', async () => {
    await using served = new FakeSession(new MemoryFilesystem())
    const later = { ...offer, minor: 99 }
    const reply = await bodyOf(initOut, served.kernel.request('INIT', later, 0).reply)
    expect(reply).toMatchObject({ major: 7, minor: 45 })
  })

  test('of a later major is told ours, and the kernel asks again', async () => {
    await using served = new FakeSession(new MemoryFilesystem())
    const later = { ...offer, major: 8, minor: 2 }
    const first = await bodyOf(initOut, served.kernel.request('INIT', later, 0).reply)
    expect(first.major).toBe(7)
    const second = await bodyOf(initOut, served.kernel.request('INIT', offer, 0).reply)
    expect(second).toMatchObject({ major: 7, minor: 45 })
    await served.session.negotiated
  })

  test.each([
    { major: 6, minor: 50 },
    { major: 7, minor: 22 },
  ])('of a kernel that is too old ($major.$minor) is refused', async (version) => {
    await using served = new FakeSession(new MemoryFilesystem())
    const { reply } = served.kernel.request('INIT', { ...offer, ...version }, 0)
    expect(await reply).toEqual(failure('EPROTO'))
    await expect(served.session.negotiated).rejects.toMatchObject({ code: 'EPROTO' })
  })

  test('that never comes: waiting for it ends with the mount', async () => {
    const served = new FakeSession(new MemoryFilesystem())
    served.kernel.unmount()
    await expect(served.session.negotiated).rejects.toMatchObject({ code: 'ENODEV' })
    await served.ended
  })
})
