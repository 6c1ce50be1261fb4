import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Page } from '../../../src/vfs/page.ts'
import { PageSink } from '../../../src/vfs/page-sink.ts'
import { BlockCache } from '../../../src/vfs/block-cache.ts'
import { ContentMemory } from '../../../src/vfs/content-memory.ts'
import type { Inode } from '../../../src/vfs/inode.ts'

const length = 100
const opened = { size: length, mtimeNs: 0n }

function newPage(): Page {
  return new Page(0, Buffer.alloc(length), () => {})
}

describe('Page', () => {
  const range = fc
    .tuple(fc.nat(length - 1), fc.integer({ min: 1, max: length }))
    .map(([start, size]) => ({ start, end: Math.min(start + size, length) }))

  it('knows of each byte whether it has been asked for and is there', async () => {
    const step = fc.record({ range, arrives: fc.boolean(), pieces: fc.integer({ min: 1, max: 9 }) })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const page = newPage()
        const model = Array.from({ length }, () => 0)
        let fill = 0
        for (const { range: asked, arrives, pieces } of steps) {
          fill += 1
          for (const gap of page.gapsIn(asked)) {
            expect(model.slice(gap.start, gap.end).every((byte) => byte === 0)).toBe(true)
            const part = page.add(gap)
            const sink = new PageSink([part], () => Promise.resolve())
            sink.begin()
            sink.opened(opened)
            await sink.checked
            const most = gap.end - gap.start - (arrives ? 0 : 1)
            for (let filled = 0; filled < most;) {
              const taken = sink.space().subarray(0, Math.min(pieces, most - filled))
              taken.fill(fill)
              sink.advance(taken.length)
              filled += taken.length
            }
            expect(part.isReady).toBe(arrives)
            if (arrives) model.fill(fill, gap.start, gap.end)
            else {
              page.remove(part)
              part.fail(new Error('lost'))
              await expect(part.ready).rejects.toThrow('lost')
            }
          }
          expect(page.coveredBytes).toBe(model.filter((byte) => byte !== 0).length)
        }
        for (const part of page.partsIn({ start: 0, end: length })) {
          expect([...part.bytes]).toEqual(model.slice(part.start, part.end))
        }
        const gaps = page.gapsIn({ start: 0, end: length })
        const missing = gaps.reduce((sum, gap) => sum + gap.end - gap.start, 0)
        expect(missing).toBe(model.filter((byte) => byte === 0).length)
      }),
    )
  })

  it('widens a range to the ends of the gaps around it', () => {
    const page = newPage()
    page.add({ start: 10, end: 20 })
    page.add({ start: 60, end: 70 })
    expect(page.widen({ start: 30, end: 40 })).toEqual({ start: 20, end: 60 })
    expect(page.widen({ start: 5, end: 65 })).toEqual({ start: 0, end: 100 })
    expect(page.widen({ start: 80, end: 81 })).toEqual({ start: 70, end: 100 })
  })

  it('is free once the last who held it has let go', () => {
    let isFree = false
    const page = new Page(0, Buffer.alloc(length), () => (isFree = true))
    page.hold()
    page.hold()
    page.letGo()
    expect(isFree).toBe(false)
    page.letGo()
    expect(isFree).toBe(true)
  })
})

describe('BlockCache', () => {
  const pageBytes = 128 * 1024
  const inode = { nodeid: 7, version: 1 } as Inode

  it('uses the memory of a page again that nobody holds, and no other', () => {
    const cache = new BlockCache(2 * pageBytes, new ContentMemory(4 * pageBytes))
    const held = cache.add(inode, 0, pageBytes)
    held.hold()
    const free = cache.add(inode, 1, pageBytes)
    cache.add(inode, 2, pageBytes) // takes out the first
    cache.add(inode, 3, pageBytes) // takes out the second
    const next = [4, 5].map((index) => cache.add(inode, index, pageBytes))
    expect(next[0]!.bytes.buffer).toBe(free.bytes.buffer)
    expect(next.every(({ bytes }) => bytes.buffer !== held.bytes.buffer)).toBe(true)
    held.letGo()
    const later = [6, 7, 8].map((index) => cache.add(inode, index, pageBytes))
    expect(later.some(({ bytes }) => bytes.buffer === held.bytes.buffer)).toBe(true)
  })

  it('never hands out memory twice', () => {
    const pages = fc.array(fc.record({ index: fc.nat(9), held: fc.boolean() }), { maxLength: 60 })
    fc.assert(
      fc.property(pages, (steps) => {
        const cache = new BlockCache(3 * pageBytes, new ContentMemory(5 * pageBytes))
        const held: Page[] = []
        for (const { index, held: isHeld } of steps) {
          const page = cache.get(inode, index) ?? cache.add(inode, index, pageBytes)
          if (isHeld) {
            page.hold()
            held.push(page)
          } else held.shift()?.letGo()
          const kept = [...new Set([...held, ...cachedPages(cache)])]
          expect(new Set(kept.map(({ bytes }) => bytes.buffer)).size).toBe(kept.length)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('keeps other pages when memory is short: those of one block go, and none in vain', () => {
    const memory = new ContentMemory(4 * pageBytes)
    const cache = new BlockCache(4 * pageBytes, memory)
    for (let index = 0; index < 128; index++) cache.add(inode, index, 4096)
    const written = memory.take(pageBytes)
    expect(cache.bytes).toBe(3 * pageBytes)
    // All of it is written bytes by now: pages are elsewhere, and of no use to anybody.
    for (let count = 0; count < 3; count++) memory.take(pageBytes)
    expect(cache.bytes).toBe(0)
    for (let index = 0; index < 3; index++) cache.add(inode, index, pageBytes)
    expect(cache.bytes).toBe(3 * pageBytes)
    memory.give(written)
    expect(memory.take(pageBytes).buffer).toBe(written.buffer)
  })

  function cachedPages(cache: BlockCache): Page[] {
    return Array.from({ length: 10 }, (_, index) => cache.get(inode, index)).filter(
      (page) => page !== undefined,
    )
  }
})
