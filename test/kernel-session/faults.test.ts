import { describe, expect, test } from 'vitest'
import { createOut } from '../../src/fuse/kernel/structs.ts'
import { ErrnoError } from '../../src/support/errno-error.ts'
import { deferred } from '../../src/support/deferred.ts'
import { bodyOf, failure, FakeSession } from '../support/fuse/fake-session.ts'
import { MemoryFilesystem } from '../support/fuse/memory-filesystem.ts'

describe('a session survives', () => {
  test.each([21, 22, 23, 24, 31, 32, 33, 37, 39, 40, 41, 48, 49, 51, 54, 4096, 99999])(
    'opcode %i, which it does not have: ENOSYS',
    async (opcode) => {
      await using served = await FakeSession.start(new MemoryFilesystem())
      const { reply } = served.kernel.requestBytes(opcode, Buffer.alloc(64))
      expect(await reply).toEqual(failure('ENOSYS'))
    },
  )

  test('handlers that throw: the errno thrown, or EIO and a line in the log', async () => {
    class Faulty extends MemoryFilesystem {
      override async statistics(): Promise<never> {
        throw new TypeError('a bug')
      }
      override async unlink(): Promise<never> {
        throw new ErrnoError('EDQUOT', 'unlink')
      }
      override async removeDirectory(): Promise<never> {
        throw new DOMException('no more', 'AbortError')
      }
      override forget(): never {
        throw new Error('another bug')
      }
    }
    await using served = await FakeSession.start(new Faulty())
    const { kernel } = served
    expect(await kernel.request('UNLINK', { name: 'a' }).reply).toEqual(failure('EDQUOT'))
    expect(await kernel.request('RMDIR', { name: 'a' }).reply).toEqual(failure('EINTR'))
    expect(served.errors).toEqual([])
    expect(await kernel.request('STATFS', {}).reply).toEqual(failure('EIO'))
    expect(served.errors).toEqual([expect.stringMatching(/a bug.*faults\.test/)])
    kernel.expectNoReply(kernel.request('FORGET', { nlookup: 1 }).unique)
    expect(await kernel.request('GETATTR', {}).reply).toMatchObject({ errno: 0 })
    expect(served.errors.join()).toContain('another bug')
  })

  test('answers that no reply can hold: EIO', async () => {
    class Excessive extends MemoryFilesystem {
      override async read() {
        return [Buffer.alloc(4000), Buffer.alloc(97)]
      }
      override async write() {
        return Number.NaN
      }
      override async openDirectory() {
        return { fh: -1, keepCache: false, cacheNames: false }
      }
    }
    await using served = await FakeSession.start(new Excessive())
    expect(await served.kernel.request('READ', { size: 4096 }).reply).toEqual(failure('EIO'))
    expect(await served.kernel.request('OPENDIR', {}).reply).toEqual(failure('EIO'))
  })

  test('frames that are cut, long, or lie about their length', async () => {
    await using served = await FakeSession.start(new MemoryFilesystem())
    const { kernel } = served
    for (const length of [0, 1, 7, 15]) kernel.sendRaw(Buffer.alloc(length))
    expect(await kernel.request('GETATTR', {}).reply).toMatchObject({ errno: 0 })
    const beforeReply = kernel.unexpectedReplies.length
    expect(beforeReply).toBe(0)

    expect(await kernel.requestBytes(1, Buffer.from('no end')).reply).toEqual(failure('EIO'))
    expect(await kernel.requestBytes(1, Buffer.from('\0')).reply).toEqual(failure('EIO'))
    expect(await kernel.requestBytes(3, Buffer.alloc(15)).reply).toEqual(failure('EIO'))
    expect(await kernel.requestBytes(16, Buffer.alloc(39)).reply).toEqual(failure('EIO'))

    const lying = Buffer.alloc(40)
    lying.writeUInt32LE(4000, 0)
    lying.writeBigUInt64LE(0x77n, 8)
    kernel.sendRaw(lying)
    expect(await kernel.request('GETATTR', {}).reply).toMatchObject({ errno: 0 })
    expect(kernel.unexpectedReplies.splice(0)).toEqual([0x77n])
  })

  test('a WRITE whose data is not as long as it says', async () => {
    await using served = await FakeSession.start(new MemoryFilesystem())
    const write = { fh: 1, size: 10, data: Buffer.alloc(9) }
    expect(await served.kernel.request('WRITE', write).reply).toEqual(failure('EIO'))
  })
})

test('the data of a WRITE stays as it is until its handler settles', async () => {
  const gate = deferred()
  class Late extends MemoryFilesystem {
    override async write(fh: number, offset: number, data: Uint8Array) {
      await gate.promise
      return super.write(fh, offset, data)
    }
  }
  await using served = await FakeSession.start(new Late())
  const { kernel } = served
  const create = { name: 'a', mode: 0o100600, flags: 2 }
  const { entry, open } = await bodyOf(createOut, kernel.request('CREATE', create).reply)
  const { fh } = open
  const writes = Array.from({ length: 20 }, (_, index) => {
    const data = Buffer.alloc(100, index)
    return kernel.request('WRITE', { fh, offset: index * 100, size: 100, data }, entry.nodeid).reply
  })
  expect(await kernel.request('GETATTR', {}).reply).toMatchObject({ errno: 0 })
  gate.resolve()
  for (const reply of writes) expect(await reply).toMatchObject({ errno: 0 })
  const { body } = await kernel.request('READ', { fh, size: 4096 }, entry.nodeid).reply
  expect([...new Set(body)]).toEqual(Array.from({ length: 20 }, (_, index) => index))
})

test('no more is read than can be worked on, and all of it is answered in the end', async () => {
  const gate = deferred()
  let writing = 0
  class Stuck extends MemoryFilesystem {
    override async write(_fh: number, _offset: number, data: Uint8Array) {
      writing += 1
      await gate.promise
      return data.length
    }
  }
  await using served = await FakeSession.start(new Stuck())
  const write = { fh: 1, size: 1, data: Buffer.alloc(1) }
  const writes = Array.from({ length: 200 }, () => served.kernel.request('WRITE', write).reply)
  await new Promise((resolve) => setImmediate(resolve))
  expect(writing).toBe(66)
  expect(served.kernel.waitingReaders).toBe(0)
  gate.resolve()
  for (const reply of writes) expect(await reply).toMatchObject({ errno: 0 })
  expect(writing).toBe(200)
})

test('with debug on there is a line for each request and reply', async () => {
  const debug: string[] = []
  const served = new FakeSession(new MemoryFilesystem(), { debug })
  expect(await served.kernel.request('LOOKUP', { name: 'a "b"' }).reply).toEqual(failure('ENOENT'))
  const write = { fh: 7, offset: 1, size: 3, data: Buffer.alloc(3) }
  expect(await served.kernel.request('WRITE', write, 9).reply).toEqual(failure('EBADF'))
  expect(await served.kernel.requestBytes(99, Buffer.alloc(0)).reply).toEqual(failure('ENOSYS'))
  const lock = { fh: 7, owner: 8n, lk: { start: 0n, end: 9n, type: 1, pid: 2 } }
  expect(await served.kernel.request('SETLK', lock).reply).toEqual(failure('ENOSYS'))
  expect(debug).toEqual([
    String.raw`rx 2 LOOKUP n1 "a \"b\""`,
    'tx 2 ENOENT',
    'rx 4 WRITE n9 fh=7 offset=1 size=3 write_flags=0 lock_owner=0 flags=0 data=3 bytes',
    'tx 4 EBADF',
    'rx 6 opcode 99 n1',
    'tx 6 ENOSYS',
    'rx 8 SETLK n1 fh=7 owner=8 lk={start=0 end=9 type=1 pid=2} lk_flags=0',
    'tx 8 ENOSYS',
  ])
  served.kernel.unmount()
  await served.ended
})
