import { describe, expect, it } from 'vitest'
import { InodeTable } from '../../../src/vfs/inode-table.ts'
import { directory, file } from '../../support/vfs/sample-attributes.ts'

function tableWith() {
  const table = new InodeTable(directory)
  const parent = table.intern(table.root, 'd', directory)
  const child = table.intern(parent, 'f', file)
  return { table, parent, child }
}

describe('InodeTable', () => {
  it('finds paths through renamed directories', () => {
    const { table, parent, child } = tableWith()
    expect(table.path(child)).toBe('/d/f')
    table.move(parent, { parent: table.root, name: 'd' }, table.root, 'e')
    expect(table.path(child)).toBe('/e/f')
    expect(table.path(table.root)).toBe('/')
    table.assertInvariants()
  })

  it('keeps a parent while a child is known, and forgets both with the child', () => {
    const { table, parent, child } = tableWith()
    child.nlookup = 2
    table.forget(parent.nodeid, 1)
    expect(table.count).toBe(3)
    table.forget(child.nodeid, 1)
    expect(table.count).toBe(3)
    table.forget(child.nodeid, 1)
    expect(table.count).toBe(1)
  })

  it('detaches what a rename replaces; no path leads there', () => {
    const { table, parent, child } = tableWith()
    child.openCount = 1
    const other = table.intern(parent, 'g', file)
    table.move(other, { parent, name: 'g' }, parent, 'f')
    expect(child.detached).toBe(true)
    expect(() => table.path(child)).toThrow(expect.objectContaining({ code: 'ESTALE' }))
    expect(table.path(other)).toBe('/d/f')
    table.assertInvariants()
  })

  it('gives a name whose type changed a new inode', () => {
    const { table, parent, child } = tableWith()
    const replaced = table.intern(parent, 'f', directory)
    expect(replaced).not.toBe(child)
    expect(replaced.nodeid).not.toBe(child.nodeid)
    expect(child.detached).toBe(true)
  })

  it('gives each live inode a number of its own, 100,000 names long', () => {
    const table = new InodeTable(directory)
    const numbers = new Set<number>()
    const wrong: string[] = []
    for (let index = 0; index < 100_000; index++) {
      const name = `file-${index}`
      const announced = table.inoOf(table.root, name, file)
      const { ino } = table.intern(table.root, name, file)
      if (ino !== announced || !Number.isSafeInteger(ino)) wrong.push(name)
      numbers.add(ino)
    }
    expect(wrong).toEqual([])
    expect(numbers.size).toBe(100_000)
  })

  it("takes the far side's numbers, and steps over those of another device", () => {
    const table = new InodeTable(directory)
    const of = (fileId: string) => table.intern(table.root, fileId, { ...file, fileId }).ino
    expect([of('7:4711'), of('8:4711'), of('8:4712'), of('7:1')]).toEqual([4711, 4712, 4713, 2])
    const { ino } = table.intern(table.root, 'large', { ...file, fileId: '7:18446744073709551615' })
    expect(Number.isSafeInteger(ino)).toBe(true)
  })

  it('knows a file by its id under all its names, each of which gives a path', () => {
    const table = new InodeTable(directory)
    const parent = table.intern(table.root, 'd', directory)
    const told = { ...file, fileId: '7:42', nlink: 2 }
    const inode = table.intern(parent, 'a', told)
    inode.nlookup = 2
    expect(table.intern(table.root, 'b', told)).toBe(inode)
    table.assertInvariants()
    table.unname(inode, parent, 'a')
    expect(table.path(inode)).toBe('/b')
    expect(inode.detached).toBe(false)
    table.move(inode, { parent: table.root, name: 'b' }, table.root, 'c')
    expect(table.path(inode)).toBe('/c')
    table.assertInvariants()
    table.forget(inode.nodeid, 2)
    expect(table.count).toBe(1)
  })

  it('keeps files apart whose number was given away', () => {
    const table = new InodeTable(directory)
    const old = { ...file, fileId: '7:42', birthTimeNs: 1n }
    const inode = table.intern(table.root, 'old', old)
    inode.openCount = 1
    const other = table.intern(table.root, 'new', { ...old, birthTimeNs: 2n })
    expect(other).not.toBe(inode)
    expect(other.ino).not.toBe(inode.ino)
    const made = table.internNew(table.root, 'made', old)
    expect(made).not.toBe(inode)
    expect(table.intern(table.root, 'further', old)).toBe(made)
    table.assertInvariants()
  })

  it('exchanges names, also between directories', () => {
    const { table, parent, child } = tableWith()
    const other = table.intern(table.root, 'e', directory)
    table.exchange({ parent, name: 'f' }, { parent: table.root, name: 'e' })
    expect([table.path(child), table.path(other)]).toEqual(['/e', '/d/f'])
    table.assertInvariants()
  })

  it('says ESTALE for a nodeid that it does not have', () => {
    const { table } = tableWith()
    expect(() => table.get(999)).toThrow(expect.objectContaining({ code: 'ESTALE' }))
    table.forget(999, 1)
  })
})
