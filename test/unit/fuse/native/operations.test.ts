import { constants } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Stats } from '../../../../src/fuse/native/binding.ts'
import { NativeSession, times } from '../../../support/fuse/native-session.ts'

const { O_RDWR, O_EXCL, O_CREAT } = constants
/** The root is always looked up. */
const clean = { lookedUp: 1, files: 0, directories: 0 }
const omit = { seconds: 0n, nanoseconds: times.UTIME_OMIT }
const now = { seconds: 0n, nanoseconds: times.UTIME_NOW }

async function sessionWithFile(content = 'content') {
  const session = new NativeSession()
  const { fd } = await session.call<{ fd: number }>(
    'createWithFlags',
    '/a',
    0o644,
    O_RDWR | O_CREAT,
  )
  await session.call('write', '/a', fd, Buffer.from(content), content.length, 0)
  return { session, fd }
}

async function text(session: NativeSession, fd: number): Promise<string> {
  return String(await session.call('readBuffer', null, fd, 100, 0))
}

test('a file is made, written, read, described and released', async () => {
  const { session, fd } = await sessionWithFile()
  expect(await text(session, fd)).toBe('content')
  expect(await session.call('getattr', '/a')).toMatchObject({
    mode: constants.S_IFREG | 0o644,
    size: 7,
    nlink: 1,
  })
  await session.call('flush', '/a', fd)
  await session.call('release', '/a', fd)
  await expect(session.call('readBuffer', '/a', fd, 1, 0)).rejects.toThrow('errno 9')
  await session.call('unlink', '/a')
  await expect(session.call('getattr', '/a')).rejects.toThrow('errno 2')
  expect(await session.usageAtEnd()).toEqual(clean)
})

test('every lookup is given back, also of what failed', async () => {
  const session = new NativeSession()
  await session.call('mkdir', '/d', 0o755)
  await session.call('mkdir', '/d/e', 0o755)
  await session.call('mknod', '/d/e/f', 0o644, 0)
  await session.call('symlink', '../e', '/d/e/l')
  await session.call('mknod', '/d/g', 0o644, 0)
  await expect(session.call('link', '/d/e/f', '/d/x')).rejects.toThrow('errno 1')
  await expect(session.call('mkdir', '/d/e', 0o755)).rejects.toThrow('errno 17')
  await expect(session.call('getattr', '/d/none/x')).rejects.toThrow('errno 2')
  await expect(session.call('getattr', '/d/g/x')).rejects.toThrow('errno 20')
  await expect(session.call('rmdir', '/d')).rejects.toThrow('errno 39')
  expect(await session.call('readlink', '/d/e/l')).toBe('../e')
  await expect(session.call('readlink', '/d/g')).rejects.toThrow('errno 22')
  const fd = await session.call<number>('opendir', '/d', 0)
  const [names] = await session.call<[string[]]>('readdirPaged', '/d', fd, 0)
  expect(names).toEqual(['.', '..', 'e', 'g'])
  await session.call('releasedir', '/d', fd)
  await session.call('renameWithFlags', '/d/e', '/d/h', 0)
  expect(await session.call('getattr', '/d/h/f')).toMatchObject({ nlink: 1 })
  const { lookedUp } = session.filesystem.usage()
  expect(lookedUp).toBeGreaterThan(0)
  expect(await session.usageAtEnd()).toEqual(clean)
})

describe('times', () => {
  test('each alone, to the nanosecond, before 1970 too', async () => {
    const { session, fd } = await sessionWithFile()
    const time = { seconds: -5n, nanoseconds: 123_456_789 }
    await session.call('utimensWithHandle', '/a', 0, omit, time)
    expect(await session.call('getattr', '/a')).toMatchObject({ mtime: time })
    const later = { seconds: 2n ** 33n, nanoseconds: 1 }
    await session.call('utimensWithHandle', null, fd, later, omit)
    expect(await session.call('getattr', '/a')).toMatchObject({ atime: later, mtime: time })
    await session.call('utimensWithHandle', '/a', 0, omit, now)
    const { mtime } = await session.call<Stats>('getattr', '/a')
    expect(Math.abs(Number(mtime.seconds) - Date.now() / 1000)).toBeLessThan(60)
  })
})

test('chown leaves the id -1 alone', async () => {
  const { session } = await sessionWithFile()
  await session.call('chownWithHandle', '/a', 0, 7, 0xffff_ffff)
  expect(await session.call('getattr', '/a')).toMatchObject({ uid: 7, gid: 0 })
})

test('O_EXCL reaches the file system', async () => {
  const { session } = await sessionWithFile()
  const again = session.call('createWithFlags', '/a', 0o644, O_RDWR | O_CREAT | O_EXCL)
  await expect(again).rejects.toThrow('errno 17')
})

describe('a name that is not UTF-8', () => {
  test.each([
    ['getattr', '/d\uFFFD/x'],
    ['getattr', '/\uFFFD'],
    ['mkdir', '/\uFFFD', 0o755],
    ['unlink', '/\uFFFD'],
    ['symlink', '\uFFFD', '/l'],
    ['renameWithFlags', '/a', '/\uFFFD', 0],
  ] as const)('%s %j is refused', async (operation, ...args) => {
    const { session } = await sessionWithFile()
    await expect(session.call(operation, ...args)).rejects.toThrow('errno 84')
    expect(await session.call('getattr', '/a')).toMatchObject({ size: 7 })
  })

  test('shows in listings', async () => {
    const session = new NativeSession()
    await session.filesystem.makeDirectory(1, 'x\udcff', 0o755, { uid: 0, gid: 0 })
    const fd = await session.call<number>('opendir', '/', 0)
    const [names] = await session.call<[string[]]>('readdirPaged', '/', fd, 2)
    expect(names).toEqual(['x\uFFFD'])
  })
})

describe('a file that is removed while open', () => {
  const hidden = '/.fuse_hidden0000000500000001'

  test('is gone for others, and works on by its handle and by the name that libfuse gives', async () => {
    const { session, fd } = await sessionWithFile()
    await session.call('renameWithFlags', '/a', hidden, 0)
    const directory = await session.call<number>('opendir', '/', 0)
    const [names] = await session.call<[string[]]>('readdirPaged', '/', directory, 0)
    expect(names).toEqual(['.', '..'])
    await session.call('releasedir', '/', directory)
    expect(await session.call('getattr', hidden)).toMatchObject({ nlink: 0, size: 7 })
    await session.call('truncate', hidden, 3)
    expect(await text(session, fd)).toBe('con')
    await session.call('release', hidden, fd)
    await expect(session.call('getattr', hidden)).rejects.toThrow('errno 2')
    expect(await session.usageAtEnd()).toEqual(clean)
  })

  test('may have been closed a moment ago: libfuse notices late', async () => {
    const { session, fd } = await sessionWithFile()
    await session.call('release', '/a', fd)
    session.nowMs += 20
    await session.call('renameWithFlags', '/a', hidden, 0)
    await expect(session.call('getattr', '/a')).rejects.toThrow('errno 2')
    await expect(session.call('getattr', hidden)).rejects.toThrow('errno 2')
    expect(await session.usageAtEnd()).toEqual(clean)
  })

  test.each([
    ['that is not open', '/.fuse_hidden0000000500000001', true],
    ['to another directory', '/d/.fuse_hidden0000000500000001', false],
    ['with a number that libfuse does not give', '/.fuse_hidden0000000500000000', false],
    ['with a number far off', '/.fuse_hidden0000000500001000', false],
  ])('an ordinary rename of a file %s stays one', async (_, name, closed) => {
    const { session, fd } = await sessionWithFile()
    await session.call('mkdir', '/d', 0o755)
    if (closed) {
      await session.call('release', '/a', fd)
      session.nowMs += 1001
    }
    await session.call('renameWithFlags', '/a', name, 0)
    expect(await session.call('getattr', name)).toMatchObject({ nlink: 1, size: 7 })
  })
})

test('hidden names may come in any order, and some not at all', async () => {
  const session = new NativeSession()
  const counters = [12, 3, 11, 1, 40, 39]
  for (const [index, counter] of counters.entries()) {
    await session.call('createWithFlags', `/f${index}`, 0o644, O_RDWR | O_CREAT)
    const name = `/.fuse_hidden00000005${counter.toString(16).padStart(8, '0')}`
    await session.call('renameWithFlags', `/f${index}`, name, 0)
    expect(await session.call('getattr', name)).toMatchObject({ nlink: 0 })
  }
  await session.call('createWithFlags', '/g', 0o644, O_RDWR | O_CREAT)
  await session.call('renameWithFlags', '/g', '/.fuse_hidden0000000700000003', 0)
  expect(await session.call('getattr', '/.fuse_hidden0000000700000003')).toMatchObject({ nlink: 1 })
})

test('ranges: holes, space, copies', async () => {
  const { session, fd } = await sessionWithFile('0123456789')
  await session.call('fallocate', '/a', fd, 3, 2, 4)
  expect(await text(session, fd)).toBe('01\0\0\0\x006789')
  expect(await session.call('lseek', '/a', fd, 0, 4)).toBeLessThanOrEqual(10)
  expect(await session.call('copyFileRange', '/a', fd, 6, '/a', fd, 10, 4, 0)).toBe(4)
  expect(await text(session, fd)).toBe('01\0\0\0\x0067896789')
  await expect(session.call('fallocate', '/a', fd, 8, 0, 4)).rejects.toThrow('errno 95')
  await expect(session.call('lseek', '/a', fd, 0, 1)).rejects.toThrow('errno 22')
  await expect(session.call('readBuffer', '/a', fd, 4, 2n ** 60n)).rejects.toThrow('errno 27')
})
