import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { PathGate } from '../../../src/uftp/path-gate.ts'

/** Whether a promise settles without anybody doing anything. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let isSettled = false
  void promise.then(() => (isSettled = true))
  await turn()
  return !isSettled
}

describe('a shut gate', () => {
  test.each([
    ['/a b', '/a b', true],
    ['/a b', '/a b/below', true],
    ['/d/a b', '/d', true],
    ['/d/a b', '/', true],
    ['/a b', '/a bc', false],
    ['/a b', '/c', false],
    ['./a b', '.', true],
  ])('of %j: %j has to wait: %s', async (shut, path, waits) => {
    const gate = new PathGate()
    const open = await gate.shut(shut)
    const passing = gate.pass(path)
    expect(await isPending(passing)).toBe(waits)
    open()
    ;(await passing)()
  })

  test('waits for those inside, and they are not joined meanwhile', async () => {
    const gate = new PathGate()
    const leave = await gate.pass('/a b')
    const shutting = gate.shut('/a b')
    expect(await isPending(shutting)).toBe(true)
    const late = gate.pass('/a b')
    leave()
    const open = await shutting
    expect(await isPending(late)).toBe(true)
    open()
    await late
  })

  test('opens again when the one who shuts gives up', async () => {
    const gate = new PathGate()
    await gate.pass('/a b')
    const interrupt = new AbortController()
    const shutting = gate.shut('/a b', interrupt.signal)
    interrupt.abort(new Error('interrupted'))
    await expect(shutting).rejects.toThrow('interrupted')
    expect(await isPending(gate.pass('/a b'))).toBe(false)
  })

  test('of two takes turns', async () => {
    const gate = new PathGate()
    const open = await gate.shut('/a b')
    const second = gate.shut('/a b')
    expect(await isPending(second)).toBe(true)
    open()
    await second
  })
})

test('a shut excludes whoever comes in the same moment', async () => {
  const gate = new PathGate()
  const entered: string[] = []
  const enter = (name: string) => (): void => void entered.push(name)
  void gate.shut('/x').then(enter('first'))
  void gate.shut('/x').then(enter('second'))
  void gate.pass('/x').then(enter('transfer'))
  await new Promise(setImmediate)
  expect(entered).toEqual(['first'])
})
