import { describe, expect, test } from 'vitest'
import { attrOut } from '../../src/fuse/kernel/attribute-structs.ts'
import type { Args } from '../../src/fuse/kernel/operations.ts'
import { copyFileRangeOut, createOut, lseekOut, writeOut } from '../../src/fuse/kernel/structs.ts'
import { bodyOf, failure, FakeSession } from '../support/fuse/fake-session.ts'
import { MemoryFilesystem } from '../support/fuse/memory-filesystem.ts'

const KEEP_SIZE = 1
const PUNCH_HOLE = 2
const COLLAPSE_RANGE = 8
const ZERO_RANGE = 16
const SEEK_END = 2
const SEEK_DATA = 3
const SEEK_HOLE = 4
const MiB = 2 ** 20

const ok = { errno: 0, body: Buffer.alloc(0) }

/** A session with a file of `content`. */
class OpenFile implements AsyncDisposable {
  readonly served: FakeSession
  readonly nodeid: number
  readonly fh: number

  private constructor(served: FakeSession, nodeid: number, fh: number) {
    this.served = served
    this.nodeid = nodeid
    this.fh = fh
  }

  static async create(content: string, filesystem = new MemoryFilesystem()): Promise<OpenFile> {
    const served = await FakeSession.start(filesystem)
    const create = { name: 'a', mode: 0o100600, flags: 2 }
    const { entry, open } = await bodyOf(createOut, served.kernel.request('CREATE', create).reply)
    const file = new OpenFile(served, entry.nodeid, open.fh)
    await file.write(0, content)
    return file
  }

  write(offset: number, text: string) {
    const data = Buffer.from(text)
    return this.#ask('WRITE', { offset, size: data.length, data })
  }

  seek(offset: bigint, whence: number) {
    return this.#ask('LSEEK', { offset, whence })
  }

  allocate(mode: number, offset: number, length: number) {
    return this.#ask('FALLOCATE', { mode, offset, length })
  }

  copy(name: 'COPY_FILE_RANGE' | 'COPY_FILE_RANGE_64', args: Partial<Args<typeof name>>) {
    const files = { fh_in: this.fh, fh_out: this.fh, nodeid_out: this.nodeid }
    return this.served.kernel.request(name, { ...files, ...args }, this.nodeid).reply
  }

  async content(): Promise<string> {
    return (await this.#ask('READ', { size: 4096 })).body.toString()
  }

  async size(): Promise<number> {
    return (await bodyOf(attrOut, this.#ask('GETATTR', {}))).attr.size
  }

  #ask<N extends 'WRITE' | 'LSEEK' | 'FALLOCATE' | 'READ' | 'GETATTR'>(
    name: N,
    args: Partial<Args<N>>,
  ) {
    return this.served.kernel.request(name, { fh: this.fh, ...args }, this.nodeid).reply
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.served[Symbol.asyncDispose]()
  }
}

describe('LSEEK', () => {
  test('finds data and holes', async () => {
    await using file = await OpenFile.create('x')
    await file.write(5 * MiB, 'y')
    const found = async (offset: bigint, whence: number) =>
      (await bodyOf(lseekOut, file.seek(offset, whence))).offset
    expect(await found(0n, SEEK_DATA)).toBe(0)
    expect(await found(0n, SEEK_HOLE)).toBe(MiB)
    expect(await found(BigInt(MiB), SEEK_DATA)).toBe(5 * MiB)
    expect(await found(BigInt(5 * MiB), SEEK_HOLE)).toBe(5 * MiB + 1)
  })

  test.each([
    ['behind the end', 1n, SEEK_DATA, 'ENXIO'],
    ['behind the end of any file', 2n ** 62n, SEEK_HOLE, 'ENXIO'],
    ['before the start', 2n ** 64n - 1n, SEEK_DATA, 'ENXIO'],
    ['relative to what only the kernel knows', 0n, SEEK_END, 'EINVAL'],
  ] as const)('%s', async (_, offset, whence, code) => {
    await using file = await OpenFile.create('x')
    expect(await file.seek(offset, whence)).toEqual(failure(code))
  })
})

describe('FALLOCATE', () => {
  test.each([
    ['reserves and grows', 0, 2, 8, 'abcdef\0\0\0\0'],
    ['reserves within the size', KEEP_SIZE, 2, 8, 'abcdef'],
    ['punches', PUNCH_HOLE | KEEP_SIZE, 2, 3, 'ab\0\0\0f'],
    ['punches up to the end', PUNCH_HOLE | KEEP_SIZE, 4, 100, 'abcd\0\0'],
    ['clears', ZERO_RANGE, 1, 2, 'a\0\0def'],
    ['clears and grows', ZERO_RANGE, 4, 4, 'abcd\0\0\0\0'],
    ['clears within the size', ZERO_RANGE | KEEP_SIZE, 4, 4, 'abcd\0\0'],
  ])('%s', async (_, mode, offset, length, content) => {
    await using file = await OpenFile.create('abcdef')
    expect(await file.allocate(mode, offset, length)).toEqual(ok)
    expect(await file.content()).toBe(content)
    expect(await file.size()).toBe(content.length)
  })

  test.each([
    ['that moves bytes about', COLLAPSE_RANGE, 0, 4096, 'EOPNOTSUPP'],
    ['that punches and grows', PUNCH_HOLE, 0, 4096, 'EOPNOTSUPP'],
    ['that clears and punches', ZERO_RANGE | PUNCH_HOLE | KEEP_SIZE, 0, 1, 'EOPNOTSUPP'],
    ['beyond 2^53', 0, Number.MAX_SAFE_INTEGER, 1, 'EFBIG'],
  ] as const)('%s is refused', async (_, mode, offset, length, code) => {
    await using file = await OpenFile.create('abcdef')
    expect(await file.allocate(mode, offset, length)).toEqual(failure(code))
    expect(await file.content()).toBe('abcdef')
  })
})

describe('COPY_FILE_RANGE', () => {
  test('copies up to the end, and tells how much', async () => {
    await using file = await OpenFile.create('abcdef')
    const args = { off_in: 3, off_out: 10, len: 1000 }
    expect(await bodyOf(writeOut, file.copy('COPY_FILE_RANGE', args))).toEqual({ size: 3 })
    expect(await file.content()).toBe('abcdef\0\0\0\0def')
  })

  test('of 7.45 copies just so', async () => {
    await using file = await OpenFile.create('abcdef')
    const args = { off_in: 0, off_out: 6, len: 2 }
    const copied = await bodyOf(copyFileRangeOut, file.copy('COPY_FILE_RANGE_64', args))
    expect(copied).toEqual({ bytes_copied: 2 })
    expect(await file.content()).toBe('abcdefab')
  })

  test('is never asked to copy more than its answer can tell', async () => {
    const lengths: number[] = []
    const filesystem = new MemoryFilesystem()
    Object.assign(filesystem, {
      copyRange: async (_from: unknown, _to: unknown, length: number) => {
        lengths.push(length)
        return length
      },
    })
    await using file = await OpenFile.create('x', filesystem)
    const args = { off_in: 0, off_out: 2 ** 41, len: 2 ** 40 }
    expect(await bodyOf(writeOut, file.copy('COPY_FILE_RANGE', args))).toEqual({
      size: 2 ** 32 - 4096,
    })
    await bodyOf(copyFileRangeOut, file.copy('COPY_FILE_RANGE_64', args))
    expect(lengths).toEqual([2 ** 32 - 4096, 2 ** 40])
  })

  test('with flags, or that claims to have copied more, fails', async () => {
    const filesystem = new MemoryFilesystem()
    Object.assign(filesystem, { copyRange: async () => 3 })
    await using file = await OpenFile.create('abcdef', filesystem)
    expect(await file.copy('COPY_FILE_RANGE', { flags: 1n, len: 3 })).toEqual(failure('EINVAL'))
    expect(await file.copy('COPY_FILE_RANGE', { len: 2 })).toEqual(failure('EIO'))
  })
})

test('a file system without these verbs: ENOSYS, and the kernel stops asking', async () => {
  await using file = await OpenFile.create('abcdef', new MemoryFilesystem({ plain: true }))
  expect(await file.seek(0n, SEEK_HOLE)).toEqual(failure('ENOSYS'))
  expect(await file.allocate(0, 0, 1)).toEqual(failure('ENOSYS'))
  expect(await file.copy('COPY_FILE_RANGE', { len: 1 })).toEqual(failure('ENOSYS'))
  expect(await file.copy('COPY_FILE_RANGE_64', { len: 1 })).toEqual(failure('ENOSYS'))
})
