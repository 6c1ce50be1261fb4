import { beforeEach, expect, test } from 'vitest'
import { JobTable } from '../../../../src/server/uftpd/job-table.ts'
import { parseTransferRequest } from '../../../../src/server/uftpd/transfer-request.ts'
import { Secret } from '../../../../src/support/secret.ts'

let nowMs = 0
let jobs: JobTable

beforeEach(() => {
  nowMs = 0
  jobs = new JobTable({ monotonicMs: () => nowMs, epochNs: () => 0n }, 2)
})

function add(secret: string, user = 'u', persistent = true): void {
  const fields = { user, secret, persistent: String(persistent) }
  jobs.add(parseTransferRequest(new Map(Object.entries(fields))))
}
const claim = (secret: string): { release(): void } => jobs.claim(new Secret(secret), () => {})

test('an unused password lives 300 s', () => {
  add('a')
  add('b')
  nowMs = 299_999
  claim('a').release()
  nowMs = 300_000
  expect(() => claim('b')).toThrow('no matching transfer request')
  jobs.endOfRound()
  expect(jobs.size).toBe(0)
})

test('a used one lives as long as a session runs, and until the round after the last', () => {
  add('a')
  const first = claim('a')
  nowMs = 10_000_000
  jobs.endOfRound()
  const second = claim('a')
  first.release()
  first.release()
  jobs.endOfRound()
  second.release()
  claim('a').release()
  jobs.endOfRound()
  expect(() => claim('a')).toThrow('no matching transfer request')
})

test('one that is not persistent serves once', () => {
  add('a', 'u', false)
  const ticket = claim('a')
  expect(() => claim('a')).toThrow('already running')
  ticket.release()
  expect(() => claim('a')).toThrow('already running')
})

test('passwords and sessions of a user count together', () => {
  add('a')
  add('b')
  expect(() => add('c')).toThrow("Too many active sessions for 'u' - server limit is 2")
  add('d', 'other')
  const first = claim('a')
  expect(() => claim('a')).toThrow('Too many active transfer requests / sessions')
  claim('b').release()
  const second = claim('a')
  expect(() => claim('a')).toThrow('Too many')
  second.release()
  claim('a')
  first.release()
})

test('expired passwords free their place at once', () => {
  add('a')
  add('b')
  nowMs = 300_000
  add('c')
  expect(jobs.size).toBe(1)
})

test('a password is taken once', () => {
  add('a')
  expect(() => add('a')).toThrow('Duplicate secret')
})

function refuse(): void {
  throw new Error('wrong address')
}

test('a refused address uses nothing up', () => {
  add('a', 'u', false)
  expect(() => jobs.claim(new Secret('a'), refuse)).toThrow('wrong address')
  expect(() => claim('a')).not.toThrow()
})
