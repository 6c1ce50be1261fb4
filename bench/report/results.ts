/** Looks figures up in the rows of a run. */

import type { Figure, Outcome } from '../measure/outcome.ts'
import type { Row } from '../suite.ts'
import type { Network } from '../wan/wan.ts'
import { isBetterWhenHigher } from '../workloads/workload.ts'
import { summarize } from './cell.ts'

export class Results {
  readonly rows: readonly Row[]
  /** Names of sides that others would pick instead of ours. */
  readonly peers: readonly string[]

  constructor(rows: readonly Row[], peers: readonly string[]) {
    this.rows = rows
    this.peers = peers
  }

  /** In the order in which they were measured. */
  get networks(): Network[] {
    return [...new Set(this.rows.map(({ network }) => network))]
  }

  rowsAt(network: Network): Row[] {
    return this.rows.filter((row) => row.network === network)
  }

  outcome(workload: string, network: Network, side: string): Outcome | undefined {
    const found = this.rowsAt(network).find((row) => row.workload.name === workload)
    return summarize(found?.outcomes.get(side) ?? [])
  }

  figure(workload: string, network: Network, side: string): Figure | undefined {
    const outcome = this.outcome(workload, network, side)
    return outcome?.kind === 'figure' ? outcome : undefined
  }
}

/** The best figure of these sides. */
export function bestOf(row: Row, sides: readonly string[]): number | undefined {
  const values = sides.flatMap((side) => {
    const outcome = summarize(row.outcomes.get(side) ?? [])
    return outcome?.kind === 'figure' ? [outcome.value] : []
  })
  if (values.length === 0) return undefined
  return isBetterWhenHigher(row.workload.unit) ? Math.max(...values) : Math.min(...values)
}

/** How many times as fast as the best of the peers: above 1 is better. */
export function ratioToBest(row: Row, side: string, peers: readonly string[]): number | undefined {
  const own = bestOf(row, [side])
  const best = bestOf(row, peers)
  if (own === undefined || best === undefined) return undefined
  return isBetterWhenHigher(row.workload.unit) ? own / best : best / own
}
