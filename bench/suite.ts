/** All measurements: network by network, workload by workload, the sides taking turns. */

import type { Outcome } from './measure/outcome.ts'
import { measure } from './measure/measure.ts'
import type { Side } from './sides/side.ts'
import type { Network } from './wan/wan.ts'
import type { Served, Workload } from './workloads/workload.ts'

export interface Plan {
  readonly networks: readonly Network[]
  readonly workloads: readonly Workload[]
  readonly sides: readonly Side[]
  readonly rounds: number
  readonly quick: boolean
  readonly served: Served
  readonly signal: AbortSignal
  /** Told after all rounds of a workload. */
  readonly done: (row: Row) => void
}

/** What all sides did of one workload at one distance. */
export interface Row {
  readonly workload: Workload
  readonly network: Network
  readonly outcomes: ReadonlyMap<string, readonly Outcome[]>
}

/** For one run of a program; those that can measure a part of the work do so well before. */
const limitSeconds = 60

export async function runSuite(plan: Plan): Promise<Row[]> {
  const rows: Row[] = []
  for (const network of plan.networks) {
    for (const workload of plan.workloads) {
      await workload.prepare?.(plan.served, { network, quick: plan.quick })
      const row = await runRow(plan, workload, network)
      plan.done(row)
      rows.push(row)
    }
  }
  return rows
}

async function runRow(plan: Plan, workload: Workload, network: Network): Promise<Row> {
  const { served, quick, signal, sides } = plan
  const outcomes = new Map<string, Outcome[]>()
  for (let round = 0; round < plan.rounds; round++) {
    for (const side of round % 2 ? sides.toReversed() : sides) {
      const seen = outcomes.get(side.name) ?? []
      // What took too long once is not waited for again.
      if (seen.some(({ kind }) => kind === 'timeout')) continue
      const conditions = { served, network, quick, limitSeconds, signal }
      const outcome = await measure(workload, side, conditions)
      if (outcome) outcomes.set(side.name, [...seen, outcome])
    }
  }
  return { workload, network, outcomes }
}
