import { describe, expect, test } from 'vitest'
import { parseCount, TransferRange } from '../../../../src/server/uftpd/transfer-range.ts'
import {
  parseTransferRequest,
  type TransferRequest,
} from '../../../../src/server/uftpd/transfer-request.ts'

describe('TransferRange', () => {
  test('numbers beyond 2^53 saturate, and mean "until the end"', () => {
    const range = new TransferRange()
    range.setRange(5n, 5n + 9223372036854775807n)
    expect([range.offset, range.count]).toEqual([5, undefined])
    range.setRange(10n ** 30n, 10n ** 31n)
    expect(range.offset).toBe(Number.MAX_SAFE_INTEGER)
    expect(range.readable(100)).toBe(0)
  })

  test('an end before the start is an empty range', () => {
    const range = new TransferRange()
    range.setRange(5n, 3n)
    expect(range.count).toBe(0)
    expect(range.readable(100)).toBe(0)
  })

  test('a store is complete with the announced bytes, after REST with the whole file', () => {
    const range = new TransferRange()
    expect(range.isComplete(0)).toBe(true)
    range.setCount(10n)
    expect([range.isComplete(9), range.isComplete(10)]).toEqual([false, true])
    range.setOffset(4n)
    expect([range.isComplete(5), range.isComplete(6)]).toEqual([false, true])
    range.setRange(4n, 14n)
    expect([range.isComplete(9), range.isComplete(10)]).toEqual([false, true])
  })
})

test.each(['', '-1', '1.5', '0x10', '1e3', 'ten', ' 1', undefined])('%j is no count', (text) => {
  expect(() => parseCount(text)).toThrow('Argument syntax error')
})

function parse(fields: Readonly<Record<string, string>>): TransferRequest {
  return parseTransferRequest(new Map(Object.entries({ user: 'u', secret: 's', ...fields })))
}

describe('parseTransferRequest', () => {
  test.each([
    [{}, undefined],
    [{ file: '' }, undefined],
    [{ file: 'noslash' }, undefined],
    [{ file: '/data/x' }, '/data'],
    [{ file: '/data/x/' }, '/data/x'],
    [{ file: '/' }, '/'],
    [{ file: 'rel/' }, 'rel'],
  ])('the base of %j is %j', (fields, base) => {
    expect(parse(fields as Record<string, string>).base).toBe(base)
  })

  test('levels, lists and flags', () => {
    const request = parse({
      'client-ip': '192.0.2.1, 2001:db8::1',
      persistent: 'TRUE',
      includes: '*.txt:data/*',
      'access-permissions': 'READ',
      rateLimit: '1000',
    })
    expect(request.clientAddresses).toEqual(['192.0.2.1', '2001:db8::1'])
    expect(request.persistent).toBe(true)
    expect(request.includes).toEqual(['*.txt', 'data/*'])
    expect(request.access).toBe('READ')
    expect(request.rateLimit).toBe(1000)
    expect(parse({ 'access-permissions': 'whatever' }).access).toBe('FULL')
    expect(String(request.secret)).toBe('***')
  })
})
