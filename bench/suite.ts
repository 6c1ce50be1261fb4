/** All measurements: network by network, workload by workload, the sides taking turns. */

import type { Outcome } from './measure/outcome.ts'
import { measure } from './measure/measure.ts'
import type { ServedOf } from './served.ts'
import type { Side } from './sides/side.ts'
import type { Network } from './wan/wan.ts'
import type { Workload } from './workloads/workload.ts'

export interface Plan {
  readonly networks: readonly Network[]
  readonly workloads: readonly Workload[]
  readonly sides: readonly Side[]
  readonly rounds: (network: Network) => number
  readonly limitSeconds: number
  readonly quick: boolean
  readonly servedOf: ServedOf
  readonly signal: AbortSignal
  /** Told before the measurements at a distance. */
  readonly announce: (network: Network) => Promise<void>
  /** Told after all rounds of a workload. */
  readonly done: (row: Row) => void
}

/** What all sides did of one workload at one distance. */
export interface Row {
  readonly workload: Workload
  readonly network: Network
  readonly outcomes: ReadonlyMap<string, readonly Outcome[]>
}

export async function runSuite(plan: Plan): Promise<Row[]> {
  const rows: Row[] = []
  for (const network of plan.networks) {
    const workloads = plan.workloads.filter((each) => isWorthIt(each, network))
    if (workloads.length > 0) await plan.announce(network)
    for (const workload of workloads) {
      for (const served of new Set(plan.sides.map(plan.servedOf))) {
        await workload.prepare?.(served, { network, quick: plan.quick })
      }
      const row = await runRow(plan, workload, network)
      plan.done(row)
      rows.push(row)
    }
  }
  return rows
}

/** Long ones are told from two distances; a faster link matters to many bytes alone. */
function isWorthIt({ unit, isLong }: Workload, { rttMs, gigabits }: Network): boolean {
  if (gigabits > 1) return unit === 'MB/s'
  return !isLong || rttMs === 0 || rttMs === distantMs
}

const distantMs = 40

async function runRow(plan: Plan, workload: Workload, network: Network): Promise<Row> {
  const { servedOf, quick, signal, sides, limitSeconds } = plan
  const outcomes = new Map<string, Outcome[]>()
  const rounds = workload.isLong ? 1 : plan.rounds(network)
  for (let round = 0; round < rounds; round++) {
    for (const side of round % 2 ? sides.toReversed() : sides) {
      const seen = outcomes.get(side.name) ?? []
      // What took too long once is not waited for again.
      if (seen.some(({ kind }) => kind === 'timeout')) continue
      const conditions = { served: servedOf(side), network, quick, limitSeconds, signal }
      const outcome = await measure(workload, side, conditions)
      if (outcome) outcomes.set(side.name, [...seen, outcome])
    }
  }
  return { workload, network, outcomes }
}
