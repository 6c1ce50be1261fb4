import { expect, test } from 'vitest'
import { deferred } from '../../../src/support/deferred.ts'
import { SharedLock } from '../../../src/support/shared-lock.ts'

test('many share it, one has it alone, in the order of asking', async () => {
  const lock = new SharedLock()
  const begun: string[] = []
  const ends = new Map(['a', 'b', 'alone', 'c'].map((name) => [name, deferred()]))
  const body = (name: string) => async (): Promise<void> => {
    begun.push(name)
    await ends.get(name)!.promise
  }
  const all = [
    lock.shared(body('a')),
    lock.shared(body('b')),
    lock.alone(body('alone')),
    lock.shared(body('c')),
  ]
  await expect.poll(() => begun).toEqual(['a', 'b'])
  ends.get('b')!.resolve()
  await all[1]
  expect(begun).toEqual(['a', 'b'])
  ends.get('a')!.resolve()
  await expect.poll(() => begun).toEqual(['a', 'b', 'alone'])
  ends.get('alone')!.resolve()
  await expect.poll(() => begun).toEqual(['a', 'b', 'alone', 'c'])
  ends.get('c')!.resolve()
  await Promise.all(all)
})

test('a body that fails gives it back', async () => {
  const lock = new SharedLock()
  await expect(lock.alone(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
  await expect(lock.shared(() => Promise.resolve('yes'))).resolves.toBe('yes')
})
