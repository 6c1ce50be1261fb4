import { describe, expect, test } from 'vitest'
import type { Args, OperationName } from '../../src/fuse/kernel/operations.ts'
import { entryOut } from '../../src/fuse/kernel/structs.ts'
import { ErrnoError } from '../../src/support/errno-error.ts'
import type { DirectoryEntry } from '../../src/vfs/filesystem.ts'
import { bodyOf, failure, FakeSession } from '../support/fuse/fake-session.ts'
import { MemoryFilesystem } from '../support/fuse/memory-filesystem.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

interface Case {
  readonly name: OperationName
  readonly args: Partial<Args<OperationName>> & object
  readonly nodeid?: number
}

/** There is a file `a`, nodeid 2, looked up once, and a directory handle 1. */
const cases: readonly Case[] = [
  { name: 'LOOKUP', args: { name: 'a' } },
  { name: 'LOOKUP', args: { name: 'none' } },
  { name: 'MKNOD', args: { name: 'n', mode: 0o100600 } },
  { name: 'MKDIR', args: { name: 'd', mode: 0o700 } },
  { name: 'SYMLINK', args: { name: 'l', target: 'a' } },
  { name: 'LINK', args: { oldnodeid: 2, newName: 'h' } },
  { name: 'OPEN', args: { flags: 0 }, nodeid: 2 },
  { name: 'CREATE', args: { name: 'c', mode: 0o100600, flags: 2 } },
  { name: 'OPENDIR', args: {} },
  { name: 'READDIRPLUS', args: { fh: 1, size: 4096 } },
]

async function start() {
  const filesystem = new MemoryFilesystem({ negativeTimeoutMs: 1000 })
  const served = await FakeSession.start(filesystem)
  const { kernel } = served
  const made = await bodyOf(entryOut, kernel.request('MKNOD', { name: 'a', mode: 0o100600 }).reply)
  expect(made.nodeid).toBe(2)
  await kernel.request('OPENDIR', {}).reply
  const dispose = () => served[Symbol.asyncDispose]()
  const before = filesystem.usage()
  return { filesystem, served, kernel, before, [Symbol.asyncDispose]: dispose }
}

describe.each(cases)('$name $args', ({ name, args, nodeid }) => {
  test('whose request was withdrawn leaves nothing behind', async () => {
    await using started = await start()
    const { filesystem, served, kernel, before } = started
    kernel.withdraw(kernel.request(name, args, nodeid).unique)
    await turn()
    expect(filesystem.usage()).toEqual(before)
    expect(served.errors).toEqual([])
  })

  test('whose reply the kernel refuses leaves nothing behind, and a line in the log', async () => {
    await using started = await start()
    const { filesystem, served, kernel, before } = started
    kernel.refusing.add(kernel.nextUnique)
    kernel.request(name, args, nodeid)
    await turn()
    expect(filesystem.usage()).toEqual(before)
    expect(served.errors).toEqual([expect.stringContaining('Invalid argument')])
  })

  test('that is answered keeps what it was given', async () => {
    await using started = await start()
    const { filesystem, kernel, before } = started
    expect(await kernel.request(name, args, nodeid).reply).toMatchObject({ errno: 0 })
    const isMore = JSON.stringify(filesystem.usage()) !== JSON.stringify(before)
    // Of `a` there was a lookup already.
    expect(isMore).toBe(!['LOOKUP', 'LINK', 'READDIRPLUS'].includes(name))
  })
})

test('an answer that cannot be taken back is no harm to others', async () => {
  class Stubborn extends MemoryFilesystem {
    override async release(): Promise<never> {
      throw new ErrnoError('EIO', 'release')
    }
  }
  const filesystem = new Stubborn()
  await using served = await FakeSession.start(filesystem)
  const { kernel } = served
  kernel.withdraw(kernel.request('CREATE', { name: 'a', mode: 0o100600, flags: 2 }).unique)
  expect(await kernel.request('GETATTR', {}).reply).toMatchObject({ errno: 0 })
  await turn()
  expect(served.errors).toEqual([expect.stringContaining('CREATE')])
  expect(filesystem.usage().lookedUp).toBe(1)
})

test('READDIRPLUS that fails half-way tells what it has looked up; the next call fails', async () => {
  class HalfWay extends MemoryFilesystem {
    override async readDirectory(fh: number, cookie: number) {
      const entries = [...(await super.readDirectory(fh, cookie))]
      return entries.map((entry): DirectoryEntry => {
        if (entry.name !== 'bad') return entry
        return {
          ...entry,
          resolve: () => {
            throw new ErrnoError('EACCES', 'bad')
          },
        }
      })
    }
  }
  const filesystem = new HalfWay()
  await using served = await FakeSession.start(filesystem)
  const { kernel } = served
  for (const name of ['good', 'bad']) {
    const made = kernel.request('MKNOD', { name, mode: 0o100600 })
    const { nodeid } = await bodyOf(entryOut, made.reply)
    kernel.expectNoReply(kernel.request('FORGET', { nlookup: 1 }, nodeid).unique)
  }
  await kernel.request('OPENDIR', {}).reply
  const first = await kernel.request('READDIRPLUS', { fh: 1, size: 4096 }).reply
  // `.`, `..` and `good`: 152 bytes and the name each, rounded up to 8.
  expect(first).toMatchObject({ errno: 0, body: { length: 3 * 160 } })
  expect(filesystem.usage().lookedUp).toBe(2)
  const second = kernel.request('READDIRPLUS', { fh: 1, offset: 3, size: 4096 })
  expect(await second.reply).toEqual(failure('EACCES'))
})
