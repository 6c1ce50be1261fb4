import { expect, test } from 'vitest'
import { deferred } from '../../src/support/deferred.ts'
import { ErrnoError } from '../../src/support/errno-error.ts'
import { FakeSession } from '../support/fuse/fake-session.ts'
import { MemoryFilesystem } from '../support/fuse/memory-filesystem.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('inodes and names to forget, as fuse.h has them', async () => {
  const filesystem = new MemoryFilesystem()
  await using served = await FakeSession.start(filesystem)
  filesystem.invalidation!.invalidateInode(0x1234)
  filesystem.invalidation!.invalidateEntry(5, 'caf\udce9')
  await turn()
  const [inode, entry] = served.kernel.notifications.map((message) => message.toString('hex'))
  expect(inode).toBe(
    // len 40, code 2, unique 0; ino, off, len
    '2800000002000000' + '00'.repeat(8) + '3412000000000000' + '00'.repeat(16),
  )
  expect(entry).toBe(
    // len 37, code 3, unique 0; parent, namelen 4, flags EXPIRE_ONLY, the name and its NUL
    '2500000003000000' + '00'.repeat(8) + '05000000000000000400000001000000636166e900',
  )
})

test('a notification that the kernel holds back stops nothing else', async () => {
  const filesystem = new MemoryFilesystem()
  await using served = await FakeSession.start(filesystem)
  const gate = deferred()
  served.kernel.notifying = gate.promise
  for (let round = 0; round < 100; round++) {
    filesystem.invalidation!.invalidateInode(7)
    filesystem.invalidation!.invalidateInode(8)
  }
  expect(await served.kernel.request('GETATTR', {}).reply).toMatchObject({ errno: 0 })
  expect(served.kernel.notifications).toHaveLength(1)
  gate.resolve()
  await turn()
  // 7 again, because it was asked for while 7 was on its way, and 8 once.
  expect(served.kernel.notifications).toHaveLength(3)
})

test('what the kernel refuses is no harm', async () => {
  const filesystem = new MemoryFilesystem()
  await using served = await FakeSession.start(filesystem)
  for (const code of ['ENOENT', 'ENOTDIR', 'EBUSY'] as const) {
    served.kernel.notifying = Promise.reject(new ErrnoError(code, 'notify'))
    filesystem.invalidation!.invalidateInode(9)
    await turn()
  }
  expect(served.kernel.notifications).toHaveLength(3)
  expect(await served.kernel.request('GETATTR', {}).reply).toMatchObject({ errno: 0 })
})

test('after the unmount nothing is sent', async () => {
  const filesystem = new MemoryFilesystem()
  const served = await FakeSession.start(filesystem)
  served.kernel.unmount()
  await served.ended
  filesystem.invalidation!.invalidateInode(9)
  await turn()
  expect(served.kernel.notifications).toHaveLength(0)
})
