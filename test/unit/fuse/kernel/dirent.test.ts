import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { packDirents, packDirentsPlus } from '../../../../src/fuse/kernel/dirent.ts'
import { frameOf } from '../../../../src/fuse/kernel/frame.ts'
import { dirent, direntplus } from '../../../../src/fuse/kernel/structs.ts'
import { encodeName } from '../../../../src/support/name-bytes.ts'
import type { DirectoryEntry, Entry } from '../../../../src/vfs/filesystem.ts'

const goodName = fc
  .string({ minLength: 1, maxLength: 60, unit: 'grapheme' })
  .filter((name) => !/[/\0]/.test(name))

describe.each([
  { kind: 'READDIR', pack: packDirents, head: dirent.size },
  { kind: 'READDIRPLUS', pack: packDirentsPlus, head: direntplus.size },
])('$kind', ({ kind, pack, head }) => {
  const plus = kind === 'READDIRPLUS'

  test('holds a whole number of entries in order, as many as fit; only those are looked up', () => {
    const directories = fc.array(goodName, { minLength: 1, maxLength: 400 })
    fc.assert(
      fc.property(directories, fc.integer({ min: 512, max: 100_000 }), (names, size) => {
        const { entries, resolved } = listing(names)
        const packed = Buffer.from(pack(entries, size))
        expect(packed.length).toBeLessThanOrEqual(size)
        const unpacked = unpack(packed, plus)
        expect(unpacked.map(({ name }) => name)).toEqual(names.slice(0, unpacked.length))
        expect(resolved).toEqual(plus ? unpacked.map(({ ino }) => ino) : [])
        const next = names[unpacked.length]
        if (next !== undefined) {
          expect(packed.length + head + encodeName(next).length).toBeGreaterThan(size - 8)
        }
      }),
      { numRuns: 200 },
    )
  })

  test('tells position, type and number', () => {
    const { entries } = listing(['a'])
    const [entry] = unpack(Buffer.from(pack(entries, 4096)), plus)
    expect(entry).toMatchObject({ name: 'a', ino: 100, off: 1, type: 8 })
  })

  test('passes over what cannot be a name: the kernel would fail the whole listing', () => {
    const { entries } = listing(['ok', '', 'a/b', 'nul\0', 'fine'])
    const names = unpack(Buffer.from(pack(entries, 4096)), plus).map(({ name }) => name)
    expect(names).toEqual(['ok', 'fine'])
  })

  test('without room for a single name is an error: empty would mean the end', () => {
    const { entries } = listing(['some name'])
    expect(() => pack(entries, 16)).toThrow(expect.objectContaining({ code: 'EINVAL' }))
    expect(pack([], 16)).toHaveLength(0)
  })
})

test('READDIRPLUS does not look up . and ..', () => {
  const dot: DirectoryEntry = {
    name: '.',
    ino: 1,
    type: 'directory',
    cookie: 1,
  }
  const packed = Buffer.from(packDirentsPlus([dot], 4096))
  const { entry_out: entry } = direntplus.decode(frameOf(packed).view, 0)
  expect(entry).toMatchObject({ nodeid: 0, entry_valid: 0, attr_valid: 0 })
})

function listing(names: readonly string[]) {
  const resolved: number[] = []
  const entries = names.map((name, index): DirectoryEntry => {
    const ino = 100 + index
    const resolve = (): Entry => {
      resolved.push(ino)
      return entryFor(ino)
    }
    return { name, ino, type: 'file', cookie: index + 1, resolve }
  })
  return { entries, resolved }
}

function entryFor(ino: number): Entry {
  const times = { atimeNs: 0n, mtimeNs: 0n, ctimeNs: 0n }
  const attributes = { ino, type: 'file', size: 1, mode: 0o644, nlink: 1, uid: 0, gid: 0, ...times }
  return {
    nodeid: ino,
    generation: 0,
    entryTimeoutMs: 1000,
    attributeTimeoutMs: 1000,
    attributes: attributes as Entry['attributes'],
  }
}

function unpack(packed: Buffer, plus: boolean) {
  const { view } = frameOf(packed)
  const found: { name: string; ino: number; off: number; type: number }[] = []
  for (let at = 0; at < packed.length;) {
    const record = plus ? direntplus.decode(view, at).dirent : dirent.decode(view, at)
    const nameAt = at + (plus ? direntplus.size : dirent.size)
    const nameEnd = nameAt + record.namelen
    found.push({ ...record, name: packed.toString('utf8', nameAt, nameEnd) })
    at = Math.ceil(nameEnd / 8) * 8
    expect(packed.subarray(nameEnd, at).every((byte) => byte === 0)).toBe(true)
  }
  return found
}
