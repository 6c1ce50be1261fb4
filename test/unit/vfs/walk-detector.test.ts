/** Which directories come next when several have been entered. */

import { beforeEach, describe, expect, test } from 'vitest'
import { WalkDetector } from '../../../src/vfs/walk-detector.ts'

/** Listed in another order than sorted. */
const listed = ['m', 'z', 'e', 'a', 't', 'h', 'c', 'x', 'k', 'b', 'v', 'f', 'd', 'w', 'g']
const sorted = listed.toSorted()
const parent = 1

let walks: WalkDetector
let listings: number

beforeEach(() => {
  walks = new WalkDetector()
  listings = 0
})

function enter(name: string, names: readonly string[] = listed): readonly string[] {
  return walks.entered(parent, name, () => {
    listings += 1
    return names
  })
}

const enterAll = (names: readonly string[]): (readonly string[])[] =>
  names.map((name) => enter(name))

describe.for([
  ['listed', listed],
  ['sorted', sorted],
] as const)('in the order in which names are %s', ([, order]) => {
  test('the second step tells what is next, and each further one more', () => {
    const told = enterAll(order.slice(0, 4))
    expect(told[0]).toEqual([])
    expect(told[1]).toEqual(order.slice(2, 4))
    expect(told[2]).toEqual(order.slice(3, 7))
    expect(told[3]).toEqual(order.slice(4, 12))
  })

  test('one may be left out, not two', () => {
    enter(order[0]!)
    expect(enter(order[2]!)).toEqual(order.slice(3, 5))
    expect(enter(order[5]!)).toEqual([])
  })
})

test('threads that go on from different places are told apart', () => {
  const names = Array.from({ length: 100 }, (_, index) => `d${index + 100}`)
  enter(names[0]!, names)
  enter(names[50]!, names)
  expect(enter(names[1]!, names)).toEqual(names.slice(2, 4))
  expect(enter(names[51]!, names)).toEqual(names.slice(52, 54))
  expect(enter(names[2]!, names)).toEqual(names.slice(3, 7))
  expect(enter(names[52]!, names)).toEqual(names.slice(53, 57))
})

test('names are sorted as paths are', () => {
  enter('a-b', ['a', 'x', 'y', 'z', 'w', 'a-b'])
  expect(enter('a')).toEqual(['w', 'x'])
})

test('who goes back, or to and fro, is told nothing', () => {
  expect(enterAll(['g', 'd', 'a', 'x', 'a']).flat()).toEqual([])
})

test('the same directory again is no step', () => {
  enter('a')
  expect(enter('b')).not.toEqual([])
  expect(enterAll(['b', 'b'])).toEqual([[], []])
})

test('who is too slow for what is told is told less', () => {
  enterAll(listed.slice(0, 4))
  walks.wasted(parent)
  expect(enter(listed[4]!)).toEqual([listed[5]])
  expect(enter(listed[5]!)).toEqual(listed.slice(6, 8))
})

test('directories are asked for once, and again for one that is new', () => {
  enterAll(listed)
  expect(listings).toBe(1)
  enter('new', [...listed, 'new'])
  expect(listings).toBe(2)
})

test('of very many directories nothing is told, and they are not asked for again', () => {
  const names = Array.from({ length: 10_001 }, (_, index) => `d${index}`)
  expect(names.slice(0, 3).flatMap((name) => enter(name, names))).toEqual([])
  expect(listings).toBe(1)
})
