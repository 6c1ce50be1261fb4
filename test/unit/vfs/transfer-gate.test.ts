import { describe, expect, it } from 'vitest'
import { deferred } from '../../../src/support/deferred.ts'
import { InodeTable } from '../../../src/vfs/inode-table.ts'
import { TransferGate } from '../../../src/vfs/transfer-gate.ts'
import { directory, file } from '../../support/vfs/sample-attributes.ts'

function setUp() {
  const table = new InodeTable(directory)
  const parent = table.intern(table.root, 'd', directory)
  const inside = table.intern(parent, 'f', file)
  const elsewhere = table.intern(table.root, 'g', file)
  const gate = new TransferGate()
  const order: string[] = []
  const held = deferred()
  const step = (name: string, until?: Promise<void>) => async () => {
    order.push(`${name} begins`)
    await until
    order.push(`${name} ends`)
  }
  return { parent, inside, elsewhere, gate, order, held, step }
}

describe('TransferGate', () => {
  it('lets a change of a directory wait for transfers below it, and holds back later ones', async () => {
    const { parent, inside, gate, order, held, step } = setUp()
    const work = [
      gate.transfer(inside, step('transfer', held.promise)),
      gate.shut([parent], step('rename')),
      gate.transfer(inside, step('later transfer')),
    ]
    await new Promise(setImmediate)
    expect(order).toEqual(['transfer begins'])
    held.resolve()
    await Promise.all(work)
    expect(order).toEqual([
      'transfer begins',
      'transfer ends',
      'rename begins',
      'rename ends',
      'later transfer begins',
      'later transfer ends',
    ])
  })

  it('leaves what is elsewhere alone', async () => {
    const { parent, elsewhere, gate, order, held, step } = setUp()
    const rename = gate.shut([parent], step('rename', held.promise))
    await gate.transfer(elsewhere, step('transfer'))
    expect(order).toEqual(['rename begins', 'transfer begins', 'transfer ends'])
    held.resolve()
    await rename
  })

  it('opens again when a change fails', async () => {
    const { inside, gate, order, step } = setUp()
    await expect(gate.shut([inside], () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    await gate.transfer(inside, step('transfer'))
    expect(order).toEqual(['transfer begins', 'transfer ends'])
  })
})
