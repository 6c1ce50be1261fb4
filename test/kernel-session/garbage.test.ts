import fc from 'fast-check'
import { expect, test } from 'vitest'
import { operationOf, operations } from '../../src/fuse/kernel/operations.ts'
import { FakeSession } from '../support/fuse/fake-session.ts'
import { MemoryFilesystem } from '../support/fuse/memory-filesystem.ts'

const opcodes = Object.values(operations).map(({ opcode }) => opcode)

const someOpcode = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(...opcodes) },
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
)

/** Bytes at random, and bytes that are small numbers or a name, which get further. */
const someBody = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc
    .tuple(fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 16 }), fc.string({ maxLength: 8 }))
    .map(([words, name]) => {
      const numbers = Buffer.from(Uint32Array.from(words).buffer)
      return Buffer.concat([numbers, Buffer.from(`${name}\0`)])
    }),
)

const someRequest = fc.record({
  opcode: someOpcode,
  body: someBody,
  nodeid: fc.integer({ min: 0, max: 4 }),
})

test('whatever follows the header, each request gets one reply, or none if it wants none', async () => {
  await using served = await FakeSession.start(new MemoryFilesystem())
  const { kernel } = served
  await fc.assert(
    fc.asyncProperty(fc.array(someRequest, { minLength: 1, maxLength: 20 }), async (requests) => {
      const replies = requests.map(({ opcode, body, nodeid }) => {
        const { unique, reply } = kernel.requestBytes(opcode, body, nodeid)
        if (!operationOf(opcode)?.noReply) return reply
        kernel.expectNoReply(unique)
        return undefined
      })
      for (const reply of replies) await reply
      expect(kernel.due).toEqual([])
      expect(await kernel.request('GETATTR', {}).reply).toMatchObject({ errno: 0 })
    }),
    { numRuns: 500 },
  )
})

test('what is cut short of an operation that is not served is not served, too', async () => {
  await using served = await FakeSession.start(new MemoryFilesystem())
  for (const opcode of [21, 22, 23, 24, 31, 37, 39, 40, 51]) {
    const { reply } = served.kernel.requestBytes(opcode, Buffer.alloc(1))
    expect(await reply).toMatchObject({ errno: 38 })
  }
  expect(served.errors).toEqual([])
})

test('bytes that make no sense are told to the log; too large numbers are not', async () => {
  await using served = await FakeSession.start(new MemoryFilesystem())
  await served.kernel.requestBytes(operations.LSEEK.opcode, Buffer.alloc(7)).reply
  expect(served.errors).toEqual([expect.stringContaining('LSEEK')])
  const large = Buffer.alloc(32, 0xff)
  await served.kernel.requestBytes(operations.FALLOCATE.opcode, large).reply
  expect(served.errors).toHaveLength(1)
})
