/** The command line of the benchmark. */

import { parseArgs } from 'node:util'
import { parseGivenMount } from './sides/given-side.ts'
import type { GivenMount } from './sides/given-side.ts'
import type { Network } from './wan/wan.ts'

export interface BenchOptions {
  readonly quick: boolean
  readonly rounds: (network: Network) => number
  readonly networks: readonly Network[]
  /** Names of workloads and growths; undefined: all. */
  readonly only: ReadonlySet<string> | undefined
  readonly sides: ReadonlySet<string> | undefined
  readonly given: readonly GivenMount[]
  /** In the largest directory. */
  readonly mostEntries: number
  /** Where benchmarks.md goes; undefined: nowhere. */
  readonly docs: string | undefined
  readonly help: boolean
}

export const usage = `usage: npm run bench -- [OPTION]...
  --quick                       small sizes, RTT 0 and 40 ms only, no growth
  --only NAME[,NAME]            these workloads (read-1m, write, ls-5000, ...) and growths
                                (file-size, directory-size, parallelism)
  --sides SIDE[,SIDE]           these sides (ours, ours×stock, sshfs, rclone, raw, curl, ...)
  --rtt MS[,MS]                 these round-trip times
  --rounds N                    measurements of each kind
  --entries N                   files in the largest directory of the growth (100,000)
  --side NAME=DIRECTORY=SERVED  also a mounted directory; SERVED is what is behind it
  --docs DIRECTORY              write benchmarks.md and its plots there

Without --quick, --only, --sides and --rtt the results go to docs/.
A stock UFTPD is measured when UFTP_TEST_{COMMAND_PORT,LISTEN_PORT,DIR,USER} name it.
`

const defaultRtts = [0, 10, 40, 100]
const quickRtts = [0, 40]

export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      sides: { type: 'string' },
      rtt: { type: 'string' },
      rounds: { type: 'string' },
      entries: { type: 'string', default: '100000' },
      side: { type: 'string', multiple: true, default: [] },
      docs: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const { quick, only, sides, rtt, rounds, side, help, entries } = values
  const isComplete = !quick && [only, sides, rtt].every((value) => value === undefined)
  const fixedRounds = rounds === undefined ? undefined : wholeNumber('--rounds', rounds)
  return {
    quick,
    // Far away it is the distance that counts, and each measurement takes long.
    rounds: ({ rttMs }) => fixedRounds ?? (quick || rttMs > 0 ? 1 : 3),
    networks: networksAt(
      rtt?.split(',').map((text) => wholeNumber('--rtt', text)),
      quick,
    ),
    only: names(only),
    sides: names(sides),
    given: side.map((text) => parseGivenMount(text)),
    mostEntries: wholeNumber('--entries', entries),
    docs: values.docs ?? (isComplete ? 'docs' : undefined),
    help,
  }
}

/** The faster link only where distance does not bound all sides to less than the slower one. */
function networksAt(rtts: readonly number[] | undefined, quick: boolean): Network[] {
  const slow = (rtts ?? (quick ? quickRtts : defaultRtts)).map((rttMs) => ({ rttMs, gigabits: 1 }))
  const fast = quick || rtts ? [] : [{ rttMs: 10, gigabits: 10 }]
  return [...slow, ...fast]
}

function names(list: string | undefined): ReadonlySet<string> | undefined {
  return list === undefined ? undefined : new Set(list.split(','))
}

function wholeNumber(option: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`${option} ${text}: not a whole number`)
  return Number(text)
}
