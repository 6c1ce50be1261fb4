import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { abortable, detachable } from '../../../src/support/abortable.ts'
import { deferred } from '../../../src/support/deferred.ts'
import { DisposalStack } from '../../../src/support/disposal-stack.ts'
import { Secret } from '../../../src/support/secret.ts'
import { Semaphore } from '../../../src/support/semaphore.ts'

describe('Semaphore', () => {
  it('lets in as many as it has permits, in order', async () => {
    const semaphore = new Semaphore(2)
    const order: number[] = []
    const gates = [deferred(), deferred(), deferred(), deferred()]
    const runs = gates.map((gate, index) =>
      semaphore.run(async () => {
        order.push(index)
        await gate.promise
      }),
    )
    await expect.poll(() => order).toEqual([0, 1])
    gates[1]!.resolve()
    await expect.poll(() => order).toEqual([0, 1, 2])
    for (const gate of gates) gate.resolve()
    await Promise.all(runs)
    expect(order).toEqual([0, 1, 2, 3])
  })

  it('forgets a waiter that gave up, and a release counts once', async () => {
    const semaphore = new Semaphore(1)
    const release = await semaphore.acquire()
    const impatient = new AbortController()
    const waiting = semaphore.acquire(impatient.signal)
    impatient.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    release()
    release()
    await semaphore.acquire()
    const second = semaphore.acquire(AbortSignal.abort(new Error('still held')))
    await expect(second).rejects.toThrow('still held')
  })
})

describe('abortable and detachable', () => {
  it('stop waiting when the signal fires, with its reason', async () => {
    const interrupt = new AbortController()
    const waiting = abortable(new Promise(() => {}), interrupt.signal)
    interrupt.abort(new Error('interrupted'))
    await expect(waiting).rejects.toThrow('interrupted')
  })

  it('hands a result that nobody received back', async () => {
    const interrupt = new AbortController()
    const work = deferred<string>()
    const taken: string[] = []
    const waiting = detachable(work.promise, interrupt.signal, (result) => taken.push(result))
    interrupt.abort()
    await expect(waiting).rejects.toThrow('aborted')
    work.resolve('late')
    await expect.poll(() => taken).toEqual(['late'])
  })

  it('keeps the result of work that was done in time', async () => {
    const taken: string[] = []
    const { signal } = new AbortController()
    expect(await detachable(Promise.resolve('x'), signal, (r) => taken.push(r))).toBe('x')
    expect(taken).toEqual([])
  })
})

describe('DisposalStack', () => {
  it('undoes everything in reverse order and tells the first failure', async () => {
    const order: string[] = []
    const stack = new DisposalStack()
    stack.defer(() => order.push('first'))
    stack.defer(() => {
      order.push('second')
      throw new Error('second failed')
    })
    stack.defer(async () => order.push('third'))
    await expect(stack[Symbol.asyncDispose]()).rejects.toThrow('second failed')
    expect(order).toEqual(['third', 'second', 'first'])
  })
})

it('a Secret shows itself only when asked', () => {
  const secret = new Secret('hush')
  expect(String(secret) + inspect(secret) + JSON.stringify({ secret })).not.toContain('hush')
  expect(secret.reveal()).toBe('hush')
})
