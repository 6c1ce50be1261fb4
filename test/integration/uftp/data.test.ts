/** Reading and writing ranges against a real server; the files behind it are the oracle. */

import { execFileSync } from 'node:child_process'
import { randomBytes, randomInt } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { UftpRemote } from '../../../src/uftp/remote.ts'
import { BufferSink } from '../../support/uftp/buffer-sink.ts'
import { RemoteServer } from '../../support/uftp/remote-server.ts'

let server: RemoteServer
let remote: UftpRemote

beforeAll(async () => {
  server = await RemoteServer.start()
  remote = await server.connect()
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

const mebi = 2 ** 20

async function readBack(path: string, start: number, end: number): Promise<Buffer> {
  const sink = new BufferSink(end - start)
  const delivered = await remote.read(path, { start, end }, sink)
  expect(sink.bytes.length).toBe(delivered)
  return sink.bytes
}

/** A file that the session's user may change. */
function makeFile(name: string, content: Uint8Array | string): string {
  const path = server.path(name)
  writeFileSync(path, content)
  const { uid, gid } = statSync(server.base)
  if (process.getuid?.() === 0) chownSync(path, uid, gid)
  return path
}

describe('read', () => {
  const content = randomBytes(3 * mebi + 17)

  beforeAll(() => {
    makeFile('content', content)
  })

  test('gives any range, into pieces of any size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(content.length),
        fc.nat(content.length),
        fc.integer({ min: 1, max: 300_000 }),
        async (a, b, pieceBytes) => {
          const range = { start: Math.min(a, b), end: Math.max(a, b) }
          const sink = new BufferSink(range.end - range.start, pieceBytes)
          expect(await remote.read('/content', range, sink)).toBe(range.end - range.start)
          expect(sink.bytes.equals(content.subarray(range.start, range.end))).toBe(true)
        },
      ),
      { numRuns: 60 },
    )
  })

  test('ends where the file ends', async () => {
    const { length } = content
    expect(await readBack('/content', length - 5, length + 1000)).toEqual(content.subarray(-5))
    expect(await readBack('/content', length, length + 1)).toEqual(Buffer.alloc(0))
    expect(await readBack('/content', length + 10, length + 20)).toEqual(Buffer.alloc(0))
    expect(await readBack('/content', 0, 100)).toEqual(content.subarray(0, 100))
  })

  test('ends where a file ends that has shrunk', async () => {
    const path = makeFile('shrinking', content)
    expect((await readBack('/shrinking', 0, content.length)).equals(content)).toBe(true)
    truncateSync(path, 1000)
    expect(await readBack('/shrinking', 0, content.length)).toEqual(content.subarray(0, 1000))
  })

  test('of many ranges at once, beside questions', async () => {
    const starts = Array.from({ length: 40 }, () => randomInt(content.length - 70_000))
    const parts = await Promise.all(
      starts.flatMap((start) => [readBack('/content', start, start + 70_000), remote.stat('/')]),
    )
    for (const [index, start] of starts.entries()) {
      expect((parts[2 * index] as Buffer).equals(content.subarray(start, start + 70_000))).toBe(
        true,
      )
    }
  })

  test('above 4 GiB', async () => {
    const path = makeFile('huge', '')
    execFileSync('truncate', ['-s', '5000000000', path])
    execFileSync('sh', ['-c', `printf marked | dd of=${path} bs=1 seek=4999999990 conv=notrunc`], {
      stdio: 'ignore',
    })
    expect((await readBack('/huge', 4_999_999_985, 5_000_000_000)).toString()).toBe(
      `${'\0'.repeat(5)}marked${'\0'.repeat(4)}`,
    )
  })

  test('of what is missing, a directory or unreadable', async () => {
    mkdirSync(server.path('directory'))
    await expect(readBack('/missing', 0, 10)).rejects.toMatchObject({ code: 'ENOENT' })
    await expect(readBack('/directory', 0, 10)).rejects.toMatchObject({ code: 'EISDIR' })
    expect(await readBack('/content', 5, 10)).toEqual(content.subarray(5, 10))
  })

  test('of an unreadable file is EACCES', async ({ skip }) => {
    skip(server.runsAsRoot, 'impossible: the session may read everything')
    writeFileSync(server.path('closed'), 'x', { mode: 0o600 })
    await expect(readBack('/closed', 0, 10)).rejects.toMatchObject({ code: 'EACCES' })
  })

  test('that is interrupted leaves the session usable', async () => {
    const path = makeFile('long', '')
    truncateSync(path, 1024 * mebi)
    for (let round = 0; round < 3; round++) {
      const interrupt = new AbortController()
      let delivered = 0
      const page = Buffer.alloc(mebi)
      const reading = remote.read(
        '/long',
        { start: 0, end: 1024 * mebi },
        {
          begin: () => {},
          opened: () => {},
          space: () => page,
          advance: (length) => {
            delivered += length
            if (delivered > 2 * mebi) interrupt.abort(new Error('enough'))
          },
        },
        interrupt.signal,
      )
      await expect(reading).rejects.toThrow('enough')
      const after = delivered
      expect(await readBack('/content', 7, 107)).toEqual(content.subarray(7, 107))
      expect(delivered).toBe(after)
    }
  })
})

describe('write', () => {
  test('any ranges, as a local file', async () => {
    const piece = fc.record({
      offset: fc.nat(200_000),
      length: fc.integer({ min: 1, max: 100_000 }),
    })
    let files = 0
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 6 }), async (pieces) => {
        const name = `written ${(files += 1)}`
        let expected = Buffer.alloc(0)
        for (const { offset, length } of pieces) {
          const bytes = randomBytes(length)
          const size = Math.max(expected.length, offset + length)
          expected = Buffer.concat([expected, Buffer.alloc(size - expected.length)])
          bytes.copy(expected, offset)
          const cut = randomInt(length)
          const data = [bytes.subarray(0, cut), bytes.subarray(cut)]
          expect(await remote.write(`/${name}`, offset, data)).toMatchObject({ size })
        }
        expect(readFileSync(server.path(name)).equals(expected)).toBe(true)
      }),
      { numRuns: 25 },
    )
  })

  test('tells the time of the file afterwards', async () => {
    const { mtimeNs } = await remote.write('/timed', 0, [Buffer.from('x')])
    const real = statSync(server.path('timed'), { bigint: true }).mtimeNs
    expect(mtimeNs / 1_000_000_000n).toBe(real / 1_000_000_000n)
  })

  test('32 MiB in one go, and read back', async () => {
    const bytes = randomBytes(32 * mebi)
    await remote.write('/large', 0, [bytes])
    expect(readFileSync(server.path('large')).equals(bytes)).toBe(true)
    expect((await readBack('/large', 0, bytes.length)).equals(bytes)).toBe(true)
  })

  test('beyond 4 GiB', async () => {
    await remote.write('/far', 5_000_000_000, [Buffer.from('end')])
    expect(statSync(server.path('far')).size).toBe(5_000_000_003)
    expect((await readBack('/far', 4_999_999_999, 5_000_000_010)).toString()).toBe('\0end')
  })

  test('of many files at once', async () => {
    const data = randomBytes(300_000)
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => remote.write(`/par ${index}`, 0, [data])),
    )
    for (let index = 0; index < 20; index++) {
      expect(readFileSync(server.path(`par ${index}`)).equals(data)).toBe(true)
    }
  })

  test('is refused with the reason, and the next one works', async () => {
    const data = [randomBytes(4 * mebi)]
    mkdirSync(server.path('a directory'))
    await expect(remote.write('/no/such', 0, data)).rejects.toMatchObject({ code: 'ENOENT' })
    await expect(remote.write('/a directory', 0, data)).rejects.toMatchObject({ code: 'EISDIR' })
    await expect(remote.write('/x', 2 ** 53, data)).rejects.toMatchObject({ code: 'EFBIG' })
    expect(await remote.write('/after', 0, [Buffer.from('ok')])).toMatchObject({ size: 2 })
    expect(readFileSync(server.path('after'), 'utf8')).toBe('ok')
  })

  test('to a protected file is EACCES', async ({ skip }) => {
    skip(server.runsAsRoot, 'impossible: the session may write everything')
    const data = [randomBytes(4 * mebi)]
    const path = makeFile('protected', 'content')
    chmodSync(path, 0o444)
    await expect(remote.write('/protected', 0, data)).rejects.toMatchObject({ code: 'EACCES' })
    expect(readFileSync(path, 'utf8')).toBe('content')
  })

  test('to a full file system is ENOSPC', async ({ skip, onTestFinished }) => {
    skip(process.getuid?.() !== 0, 'needs root: mounts a small tmpfs')
    const full = server.path('full')
    mkdirSync(full)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=777', 'none', full])
    onTestFinished(() => void execFileSync('umount', [full]))
    for (let round = 0; round < 2; round++) {
      const writing = remote.write('/full/file', 0, [randomBytes(8 * mebi)])
      await expect(writing).rejects.toMatchObject({ code: 'ENOSPC' })
    }
    await expect(remote.stat('/')).resolves.toMatchObject({ type: 'directory' })
  })
})

describe('truncate', () => {
  const content = randomBytes(20 * mebi)

  test.each([
    ['to nothing', 0],
    ['to a short rest', 12_345],
    ['to a long rest', 17 * mebi + 1],
    ['to its size', 20 * mebi],
    ['to more', 20 * mebi + 4096],
  ])('%s', async (_, size) => {
    const path = makeFile(`to truncate ${size}`, content)
    chmodSync(path, 0o640)
    await remote.truncate(`/to truncate ${size}`, size)
    const expected = Buffer.alloc(size)
    content.copy(expected)
    expect(readFileSync(path).equals(expected)).toBe(true)
    expect(statSync(path).mode & 0o7777).toBe(0o640)
  })

  test('leaves no temporary file behind', async () => {
    expect((await remote.list('/')).filter(({ name }) => name.startsWith('.'))).toEqual([])
  })

  test('of what is missing or a directory', async () => {
    mkdirSync(server.path('not a file'))
    await expect(remote.truncate('/missing', 0)).rejects.toMatchObject({ code: 'ENOENT' })
    await expect(remote.truncate('/missing', 9)).rejects.toMatchObject({ code: 'ENOENT' })
    await expect(remote.truncate('/not a file', 0)).rejects.toMatchObject({ code: 'EISDIR' })
    expect((await remote.list('/')).some(({ name }) => name === 'missing')).toBe(false)
  })
})
