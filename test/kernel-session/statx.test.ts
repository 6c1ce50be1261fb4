import { expect, test } from 'vitest'
import { attrOut, statxOut } from '../../src/fuse/kernel/attribute-structs.ts'
import { entryOut } from '../../src/fuse/kernel/structs.ts'
import type { TimedAttributes } from '../../src/vfs/filesystem.ts'
import { bodyOf, failure, FakeSession } from '../support/fuse/fake-session.ts'
import { MemoryFilesystem } from '../support/fuse/memory-filesystem.ts'

const BASIC_STATS = 0x7ff
const BTIME = 0x800

class Aged extends MemoryFilesystem {
  birthTimeNs: bigint | undefined
  readonly asked: (number | undefined)[] = []

  override async getAttributes(nodeid: number, fh?: number): Promise<TimedAttributes> {
    this.asked.push(fh)
    const { attributes, attributeTimeoutMs } = await super.getAttributes(nodeid)
    const { birthTimeNs: _, ...others } = attributes
    const { birthTimeNs } = this
    return {
      attributes: { ...others, ...(birthTimeNs !== undefined && { birthTimeNs }) },
      attributeTimeoutMs,
    }
  }
}

test('STATX tells what GETATTR tells, and the birth time', async () => {
  const filesystem = new Aged({ attributeTimeoutMs: 1500 })
  filesystem.birthTimeNs = -1n
  await using served = await FakeSession.start(filesystem)
  const { kernel } = served
  const made = kernel.request('MKNOD', { name: 'a', mode: 0o100640 })
  const { nodeid } = await bodyOf(entryOut, made.reply)
  const { attr } = await bodyOf(attrOut, kernel.request('GETATTR', {}, nodeid).reply)
  const statx = { sx_mask: BASIC_STATS | BTIME }
  const reply = await bodyOf(statxOut, kernel.request('STATX', statx, nodeid).reply)
  expect(reply).toMatchObject({ attr_valid: 1, attr_valid_nsec: 500_000_000 })
  expect(reply.stat).toEqual({
    mask: BASIC_STATS | BTIME,
    attributes: 0n,
    attributes_mask: 0n,
    ino: attr.ino,
    size: attr.size,
    blocks: attr.blocks,
    blksize: attr.blksize,
    mode: 0o100640,
    nlink: 1,
    uid: 1000,
    gid: 100,
    atime: { tv_sec: attr.atime, tv_nsec: attr.atimensec },
    mtime: { tv_sec: attr.mtime, tv_nsec: attr.mtimensec },
    ctime: { tv_sec: attr.ctime, tv_nsec: attr.ctimensec },
    btime: { tv_sec: -1n, tv_nsec: 999_999_999 },
    rdev_major: 0,
    rdev_minor: 0,
    dev_major: 0,
    dev_minor: 0,
  })
})

test('STATX of what has no birth time says so', async () => {
  const filesystem = new Aged()
  await using served = await FakeSession.start(filesystem)
  const { stat } = await bodyOf(statxOut, served.kernel.request('STATX', {}).reply)
  expect(stat).toMatchObject({ mask: BASIC_STATS, btime: { tv_sec: 0n, tv_nsec: 0 } })
})

test('STATX of an open file names it, of another does not', async () => {
  const filesystem = new Aged()
  await using served = await FakeSession.start(filesystem)
  await served.kernel.request('STATX', { getattr_flags: 1, fh: 7 }).reply
  await served.kernel.request('STATX', { getattr_flags: 0, fh: 7 }).reply
  expect(filesystem.asked).toEqual([7, undefined])
})

test('nobody is asked for birth times that are never told', async () => {
  await using served = await FakeSession.start(new MemoryFilesystem({ plain: true }))
  expect(await served.kernel.request('STATX', {}).reply).toEqual(failure('ENOSYS'))
})

test('SYNCFS writes everything that is pending', async () => {
  let synced = 0
  class Pending extends MemoryFilesystem {
    override async sync() {
      synced += 1
    }
  }
  await using served = await FakeSession.start(new Pending())
  expect(await served.kernel.request('SYNCFS', {}).reply).toEqual({
    errno: 0,
    body: Buffer.alloc(0),
  })
  expect(synced).toBe(1)
})
