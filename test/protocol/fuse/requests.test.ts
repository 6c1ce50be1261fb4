import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { frameOf } from '../../../src/fuse/kernel/frame.ts'
import { operationOf, operations, type Operation } from '../../../src/fuse/kernel/operations.ts'
import { decodeArguments, decodeHeader } from '../../../src/fuse/kernel/request.ts'
import { ErrnoError } from '../../../src/support/errno-error.ts'

interface RecordedRequest {
  readonly name: string
  readonly operation: string
  readonly hex: string
  readonly nodeid: number
  /** What the program did; 64-bit numbers that are only echoed stand as text. */
  readonly arguments: Readonly<Record<string, unknown>>
}

/** Requests of a Linux kernel (protocol 7.45, little endian) and what made it send them. */
const recorded = JSON.parse(
  readFileSync(new URL('../../fixtures/fuse/requests.json', import.meta.url), 'utf8'),
) as readonly RecordedRequest[]

describe('requests of a real kernel', () => {
  test.each(recorded)('$operation: $name', ({ operation, hex, nodeid, arguments: expected }) => {
    const decoded = decode(Buffer.from(hex, 'hex'))
    expect(decoded).toMatchObject({ name: operation, nodeid })
    expect(comparable(decoded.args)).toMatchObject(expected)
  })

  test('there is one of every operation that is sent to a mount like this one', () => {
    // To block devices alone; when locks are asked for at INIT.
    const others = ['DESTROY', 'BMAP', 'SYNCFS', 'GETLK', 'SETLK', 'SETLKW']
    const names = new Set([...recorded.map(({ operation }) => operation), ...others])
    expect([...names].toSorted()).toEqual(Object.keys(operations).toSorted())
  })

  test.each(recorded)('$operation cut anywhere is refused, not misread', ({ hex }) => {
    const whole = Buffer.from(hex, 'hex')
    for (let length = 0; length < whole.length; length++) {
      const cut = Buffer.from(whole.subarray(0, length))
      expect(() => decode(cut), `cut at ${length}`).toThrow(ErrnoError)
    }
  })
})

test('whatever the bytes are, they are decoded or refused with an errno', () => {
  const someOperation = fc.constantFrom(...Object.values(operations).map(({ opcode }) => opcode))
  fc.assert(
    fc.property(
      someOperation,
      fc.uint8Array({ minLength: 40, maxLength: 300 }),
      (opcode, bytes) => {
        const frame = Buffer.from(bytes)
        frame.writeUInt32LE(frame.length, 0)
        frame.writeUInt32LE(opcode, 4)
        try {
          decode(frame)
        } catch (error) {
          expect(error).toBeInstanceOf(ErrnoError)
        }
      },
    ),
    { numRuns: 2000 },
  )
})

function decode(bytes: Buffer) {
  const frame = frameOf(bytes)
  const header = decodeHeader(frame, bytes.length)
  const operation = operationOf(header.opcode) as Operation
  const args = decodeArguments(operation, frame, bytes.length)
  return { name: operation.name, nodeid: header.nodeid, args }
}

function comparable(args: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(args).map(([key, value]) => {
    if (typeof value === 'bigint') return [key, String(value)]
    return [key, value instanceof Uint8Array ? Buffer.from(value).toString() : value]
  })
  return Object.fromEntries(entries) as Record<string, unknown>
}
