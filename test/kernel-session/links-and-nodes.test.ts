import { describe, expect, test } from 'vitest'
import { attrOut } from '../../src/fuse/kernel/attribute-structs.ts'
import { entryOut } from '../../src/fuse/kernel/structs.ts'
import { bodyOf, failure, FakeSession } from '../support/fuse/fake-session.ts'
import { MemoryFilesystem } from '../support/fuse/memory-filesystem.ts'

const ok = { errno: 0, body: Buffer.alloc(0) }

function text(bytes: string) {
  return { errno: 0, body: Buffer.from(bytes, 'latin1') }
}

async function start() {
  const filesystem = new MemoryFilesystem()
  const served = await FakeSession.start(filesystem)
  const { kernel } = served
  const make = {
    node: (name: string, mode: number) =>
      bodyOf(entryOut, kernel.request('MKNOD', { name, mode }).reply),
    symlink: (name: string, target: string) =>
      bodyOf(entryOut, kernel.request('SYMLINK', { name, target }).reply),
  }
  const dispose = () => served[Symbol.asyncDispose]()
  return { filesystem, kernel, make, [Symbol.asyncDispose]: dispose }
}

describe('symbolic links', () => {
  test.each([
    ['elsewhere/x', 'elsewhere/x'],
    ['caf\udce9', 'caf\xe9'],
    ['x'.repeat(4095), 'x'.repeat(4095)],
  ])('keep their target byte by byte', async (target, bytes) => {
    await using started = await start()
    const { kernel, make } = started
    const { nodeid, attr } = await make.symlink('l', target)
    expect(attr).toMatchObject({ mode: 0o120777, nlink: 1, size: bytes.length, uid: 1000 })
    expect(await kernel.request('READLINK', {}, nodeid).reply).toEqual(text(bytes))
  })

  test('are not read where there is none', async () => {
    await using started = await start()
    const { kernel } = started
    expect(await kernel.request('READLINK', {}, 1).reply).toEqual(failure('EINVAL'))
  })

  test('with a target that no path can be are refused', async () => {
    await using started = await start()
    const { kernel } = started
    const symlink = { name: 'l', target: 'x'.repeat(4096) }
    expect(await kernel.request('SYMLINK', symlink).reply).toEqual(failure('ENAMETOOLONG'))
  })

  test.each([
    ['is too long for the kernel', 'x'.repeat(4096), 'ENAMETOOLONG'],
    ['holds a NUL', 'a\0b', 'EIO'],
  ] as const)('whose target %s are not cut', async (_, target, code) => {
    class Wrong extends MemoryFilesystem {
      override async readLink() {
        return target
      }
    }
    await using served = await FakeSession.start(new Wrong())
    expect(await served.kernel.request('READLINK', {}).reply).toEqual(failure(code))
  })
})

describe('nodes', () => {
  test.each([
    ['a file', 0o100640, 0o100640],
    ['a file, by mode bits alone', 0o640, 0o100640],
    ['a fifo', 0o10600, 0o10600],
    ['a socket', 0o140755, 0o140755],
  ])('%s', async (_, mode, made) => {
    await using started = await start()
    const { make } = started
    expect((await make.node('n', mode)).attr).toMatchObject({ mode: made, nlink: 1, rdev: 0 })
  })

  test.each([
    ['a directory', 0o040755, 'EPERM'],
    ['a link', 0o120777, 'EINVAL'],
    ['an unknown type', 0o030600, 'EINVAL'],
    ['what the file system does not have', 0o020600, 'EPERM'],
  ] as const)('%s is refused', async (_, mode, code) => {
    await using started = await start()
    const { kernel } = started
    expect(await kernel.request('MKNOD', { name: 'n', mode }).reply).toEqual(failure(code))
  })

  test('over something else', async () => {
    await using started = await start()
    const { kernel, make } = started
    await make.node('n', 0o100600)
    const again = kernel.request('MKNOD', { name: 'n', mode: 0o100600 })
    expect(await again.reply).toEqual(failure('EEXIST'))
  })
})

test('a further name is the same inode, which lives as long as any of its names', async () => {
  await using started = await start()
  const { filesystem, kernel, make } = started
  const { nodeid } = await make.node('a', 0o100600)
  const directory = await bodyOf(entryOut, kernel.request('MKDIR', { name: 'd', mode: 7 }).reply)
  const request = { oldnodeid: nodeid, newName: 'b' }
  const linked = kernel.request('LINK', request, directory.nodeid)
  expect(await bodyOf(entryOut, linked.reply)).toMatchObject({ nodeid, attr: { nlink: 2 } })
  expect(await kernel.request('UNLINK', { name: 'a' }).reply).toEqual(ok)
  const left = await bodyOf(attrOut, kernel.request('GETATTR', {}, nodeid).reply)
  expect(left.attr.nlink).toBe(1)

  const again = kernel.request('LINK', request, directory.nodeid)
  expect(await again.reply).toEqual(failure('EEXIST'))
  const ofDirectory = { oldnodeid: directory.nodeid, newName: 'c' }
  expect(await kernel.request('LINK', ofDirectory).reply).toEqual(failure('EPERM'))
  // Made and linked: two lookups.
  kernel.expectNoReply(kernel.request('FORGET', { nlookup: 2 }, nodeid).unique)
  await kernel.request('STATFS', {}).reply
  expect(filesystem.usage().lookedUp).toBe(2)
})

test.each([
  ['both at once', 3, 'EINVAL'],
  ['WHITEOUT', 4, 'EINVAL'],
  ['EXCHANGE with nothing', 2, 'ENOENT'],
] as const)('RENAME2 with %s', async (_, flags, code) => {
  await using started = await start()
  const { kernel, make } = started
  await make.node('a', 0o100600)
  const rename = { oldName: 'a', newdir: 1, newName: 'b', flags }
  expect(await kernel.request('RENAME2', rename).reply).toEqual(failure(code))
})
