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
    for (let index = 0; index < 100_000; index++) {
      const name = `file-${index}`
      const announced = table.inoOf(table.root, name, file)
      const { ino } = table.intern(table.root, name, file)
      expect(ino).toBe(announced)
      expect(Number.isSafeInteger(ino)).toBe(true)
      numbers.add(ino)
    }
    expect(numbers.size).toBe(100_000)
  })

  it('says ESTALE for a nodeid that it does not have', () => {
    const { table } = tableWith()
    expect(() => table.get(999)).toThrow(expect.objectContaining({ code: 'ESTALE' }))
    table.forget(999, 1)
  })
})
