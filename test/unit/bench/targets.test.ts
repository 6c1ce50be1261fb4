/** How outcomes are judged; what they were is no matter of tests. */

import { expect, test } from 'vitest'
import type { Outcome } from '../../../bench/measure/outcome.ts'
import { Results } from '../../../bench/report/results.ts'
import { judge } from '../../../bench/report/targets.ts'
import { workloads } from '../../../bench/workloads/all.ts'

const loopback = { rttMs: 0, gigabits: 1 }

function figure(value: number): Outcome {
  return {
    kind: 'figure',
    value,
    cpuSeconds: undefined,
    peakBytes: undefined,
    wireBytes: undefined,
    askedBytes: undefined,
    isLate: false,
  }
}

/** Verdicts on `ours` after these outcomes of one workload, by the words of their targets. */
function verdicts(name: string, outcomes: Readonly<Record<string, readonly Outcome[]>>) {
  const workload = workloads.find((each) => each.name === name)!
  const row = { workload, network: loopback, outcomes: new Map(Object.entries(outcomes)) }
  const judged = judge(new Results([row], ['sshfs', 'rclone']), ['ours'])
  return judged.map(({ target, measured, isMet }) => [target, measured, isMet])
}

test('speeds are compared with the best peer and the bare transfer, by their medians', () => {
  expect(
    verdicts('write', {
      ours: [figure(90), figure(400), figure(110)],
      raw: [figure(200)],
      sshfs: [figure(50)],
      rclone: [figure(10)],
    }),
  ).toEqual([
    ['sequential write / raw STOR: ≥ 0.6', '0.55', false],
    ['sequential write / best peer: ≥ 2', '2.2', true],
  ])
})

test('what failed in one round of ours misses its targets', () => {
  const wrong: Outcome = { kind: 'wrong', reason: 'wrong bytes at 0' }
  const outcomes = { ours: [figure(1e6), wrong], raw: [figure(1)], sshfs: [figure(1)] }
  expect(verdicts('write', outcomes)).toEqual([
    ['sequential write / raw STOR: ≥ 0.6', 'WRONG', false],
    ['sequential write / best peer: ≥ 2', 'WRONG', false],
  ])
})

test('peers that failed are no measure', () => {
  const timeout: Outcome = { kind: 'timeout', seconds: 30 }
  expect(verdicts('untar', { ours: [figure(1)], sshfs: [timeout] })).toEqual([])
})
