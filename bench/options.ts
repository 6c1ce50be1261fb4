/** The command line of the benchmark. */

import { parseArgs } from 'node:util'
import { GivenSide } from './sides/given-side.ts'

export interface BenchOptions {
  readonly quick: boolean
  readonly rounds: number
  readonly rtts: readonly number[]
  /** Names; undefined: all. */
  readonly only: ReadonlySet<string> | undefined
  readonly sides: ReadonlySet<string> | undefined
  readonly given: readonly GivenSide[]
  readonly help: boolean
}

export const usage = `usage: npm run bench -- [OPTION]...
  --quick                       small sizes, RTT 0 and 40 ms only
  --only WORKLOAD[,WORKLOAD]    these workloads
  --sides SIDE[,SIDE]           these sides
  --rtt MS[,MS]                 these round-trip times
  --rounds N                    measurements of each kind
  --side NAME=DIRECTORY=SERVED  also a mounted directory that shows the directory SERVED
`

export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      sides: { type: 'string' },
      rtt: { type: 'string' },
      rounds: { type: 'string' },
      side: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const { quick, only, sides, rtt, rounds, side, help } = values
  const names = (list?: string) => (list === undefined ? undefined : new Set(list.split(',')))
  return {
    quick,
    rounds: rounds === undefined ? (quick ? 1 : 3) : wholeNumber('--rounds', rounds),
    rtts:
      rtt === undefined
        ? quick
          ? [0, 40]
          : [0, 10, 40, 100]
        : rtt.split(',').map((text) => wholeNumber('--rtt', text)),
    only: names(only),
    sides: names(sides),
    given: side.map((text) => GivenSide.parse(text)),
    help,
  }
}

function wholeNumber(option: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`${option} ${text}: not a whole number`)
  return Number(text)
}
