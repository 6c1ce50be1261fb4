import { describe, expect, test } from 'vitest'
import { fopen, setattrValid } from '../../src/fuse/kernel/flags.ts'
import { attrOut, statfsOut } from '../../src/fuse/kernel/attribute-structs.ts'
import { createOut, entryOut, openOut, writeOut } from '../../src/fuse/kernel/structs.ts'
import type { Entry, NegativeEntry } from '../../src/vfs/filesystem.ts'
import { bodyOf, failure, FakeSession } from '../support/fuse/fake-session.ts'
import { MemoryFilesystem } from '../support/fuse/memory-filesystem.ts'

const O_RDWR = 2
const O_EXCL = 0o200

const ok = { errno: 0, body: Buffer.alloc(0) }

describe('the life of a file', () => {
  test('created, written, read, changed, renamed, deleted, forgotten', async () => {
    const filesystem = new MemoryFilesystem()
    await using served = await FakeSession.start(filesystem)
    const { kernel } = served

    expect(await kernel.request('LOOKUP', { name: 'a' }).reply).toEqual(failure('ENOENT'))
    const create = { name: 'a', mode: 0o100640, flags: O_RDWR | O_EXCL }
    const { entry, open } = await bodyOf(createOut, kernel.request('CREATE', create).reply)
    expect(entry.attr).toMatchObject({ mode: 0o100640, size: 0, nlink: 1, uid: 1000, gid: 100 })
    const { nodeid } = entry
    const { fh } = open

    const data = Buffer.from('hello')
    const write = { fh, offset: 3, size: 5, data }
    const written = await bodyOf(writeOut, kernel.request('WRITE', write, nodeid).reply)
    expect(written.size).toBe(5)
    const read = await kernel.request('READ', { fh, offset: 0, size: 100 }, nodeid).reply
    expect(read).toEqual({ errno: 0, body: Buffer.from('\0\0\0hello') })

    const set = await bodyOf(
      attrOut,
      kernel.request(
        'SETATTR',
        {
          valid: setattrValid.SIZE | setattrValid.MODE | setattrValid.MTIME | setattrValid.ATIME,
          size: 4,
          mode: 0o100600,
          mtime: -1n,
          mtimensec: 999_999_999,
          atime: 2n ** 33n,
          atimensec: 1,
        },
        nodeid,
      ).reply,
    )
    expect(set.attr).toMatchObject({
      size: 4,
      mode: 0o100600,
      mtime: -1n,
      mtimensec: 999_999_999,
      atime: 2n ** 33n,
      atimensec: 1,
    })

    expect(await kernel.request('FLUSH', { fh }, nodeid).reply).toEqual(ok)
    expect(await kernel.request('FSYNC', { fh }, nodeid).reply).toEqual(ok)
    const rename = { oldName: 'a', newdir: 1, newName: 'b' }
    expect(await kernel.request('RENAME', rename).reply).toEqual(ok)
    expect(await kernel.request('UNLINK', { name: 'b' }).reply).toEqual(ok)
    const orphan = await bodyOf(attrOut, kernel.request('GETATTR', {}, nodeid).reply)
    expect(orphan.attr.nlink).toBe(0)
    expect(await kernel.request('RELEASE', { fh }, nodeid).reply).toEqual(ok)

    const forget = kernel.request('FORGET', { nlookup: 1 }, nodeid)
    kernel.expectNoReply(forget.unique)
    expect(await kernel.request('GETATTR', {}, nodeid).reply).toEqual(failure('ESTALE'))
    expect(filesystem.usage()).toEqual({ lookedUp: 1, files: 0, directories: 0 })
  })

  test('many inodes forgotten by one request', async () => {
    const filesystem = new MemoryFilesystem()
    await using served = await FakeSession.start(filesystem)
    const { kernel } = served
    const mkdir = async (name: string) =>
      bodyOf(entryOut, kernel.request('MKDIR', { name, mode: 0o755 }).reply)
    const nodeids = [(await mkdir('d')).nodeid, (await mkdir('e')).nodeid]
    await kernel.request('LOOKUP', { name: 'd' }).reply
    expect(filesystem.usage().lookedUp).toBe(3)

    const body = Buffer.alloc(8 + 32)
    body.writeUInt32LE(2, 0)
    body.writeBigUInt64LE(BigInt(nodeids[0]!), 8)
    body.writeBigUInt64LE(2n, 16)
    body.writeBigUInt64LE(BigInt(nodeids[1]!), 24)
    body.writeBigUInt64LE(1n, 32)
    kernel.expectNoReply(kernel.requestBytes(42, body, 0).unique)
    await bodyOf(statfsOut, kernel.request('STATFS', {}).reply)
    expect(filesystem.usage().lookedUp).toBe(1)
  })

  test('a name that does not exist is remembered by the kernel as long as it may', async () => {
    await using served = await FakeSession.start(new MemoryFilesystem({ negativeTimeoutMs: 2500 }))
    const { reply } = served.kernel.request('LOOKUP', { name: 'none' })
    expect(await bodyOf(entryOut, reply)).toMatchObject({
      nodeid: 0,
      entry_valid: 2,
      entry_valid_nsec: 500_000_000,
    })
  })

  test('timeouts and KEEP_CACHE come from the file system; readers need no FLUSH', async () => {
    const options = { attributeTimeoutMs: 1500, entryTimeoutMs: 250, keepCache: true }
    await using served = await FakeSession.start(new MemoryFilesystem(options))
    const create = { name: 'a', mode: 0o100600, flags: O_RDWR }
    const { entry, open } = await bodyOf(createOut, served.kernel.request('CREATE', create).reply)
    expect(entry).toMatchObject({
      attr_valid: 1,
      attr_valid_nsec: 500_000_000,
      entry_valid: 0,
      entry_valid_nsec: 250_000_000,
    })
    expect(open.open_flags).toBe(fopen.KEEP_CACHE)
    const again = served.kernel.request('OPEN', { flags: 0 }, entry.nodeid).reply
    expect((await bodyOf(openOut, again)).open_flags).toBe(fopen.KEEP_CACHE | fopen.NOFLUSH)
  })

  test('beyond 2^53 is an error of the caller, not of ours', async () => {
    await using served = await FakeSession.start(new MemoryFilesystem())
    const body = Buffer.alloc(88)
    body.writeUInt32LE(setattrValid.SIZE, 0)
    body.writeBigUInt64LE(2n ** 60n, 16)
    expect(await served.kernel.requestBytes(4, body).reply).toEqual(failure('EFBIG'))
    expect(served.errors).toEqual([])
  })

  test('RENAME2 passes its flags on and refuses those it does not know', async () => {
    await using served = await FakeSession.start(new MemoryFilesystem())
    const { kernel } = served
    await kernel.request('MKDIR', { name: 'a', mode: 0o755 }).reply
    await kernel.request('MKDIR', { name: 'b', mode: 0o700 }).reply
    const rename = { oldName: 'a', newdir: 1, newName: 'b' }
    expect(await kernel.request('RENAME2', { ...rename, flags: 1 }).reply).toEqual(
      failure('EEXIST'),
    )
    expect(await kernel.request('RENAME2', { ...rename, flags: 4 }).reply).toEqual(
      failure('EINVAL'),
    )
    expect(await kernel.request('RENAME2', { ...rename, flags: 2 }).reply).toEqual(ok)
    const a = await bodyOf(entryOut, kernel.request('LOOKUP', { name: 'a' }).reply)
    expect(a.attr.mode).toBe(0o040700)
  })

  test('the caller is told to the file system', async () => {
    let asked: unknown
    class Curious extends MemoryFilesystem {
      override async lookup(
        ...args: Parameters<MemoryFilesystem['lookup']>
      ): Promise<Entry | NegativeEntry> {
        asked = args
        return super.lookup(...args)
      }
    }
    await using served = await FakeSession.start(new Curious())
    await served.kernel.request('LOOKUP', { name: 'caf\udce9' }).reply
    expect(asked).toMatchObject([1, 'caf\udce9', { uid: 1000, gid: 100, pid: 4711 }])
  })
})
