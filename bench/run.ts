/** A whole run: sides, measurements, growth, report. */

import { loadavg } from 'node:os'
import { DisposalStack } from '../src/support/disposal-stack.ts'
import { growths } from './growth/all.ts'
import { measureGrowth } from './growth/growth.ts'
import type { GrowthResult } from './growth/growth.ts'
import type { BenchOptions } from './options.ts'
import { networkTitle } from './report/markdown.ts'
import { Results } from './report/results.ts'
import { judge } from './report/targets.ts'
import { formatGrowth, formatHeading, formatRow, formatVerdicts } from './report/terminal.ts'
import { writeReport } from './report/write-report.ts'
import { servedDirectories } from './served.ts'
import { startSides } from './sides/all-sides.ts'
import type { Side } from './sides/side.ts'
import { runSuite } from './suite.ts'
import { checkWan } from './wan/self-check.ts'
import type { WanCheck } from './wan/self-check.ts'
import type { Network } from './wan/wan.ts'
import { workloads } from './workloads/all.ts'

/** For one run of a program; most measure a part of the work if all of it takes too long. */
const limitSeconds = 30

/** A stock server's growth is that of ours. */
const growing: ReadonlySet<string> = new Set(['ours', 'sshfs', 'rclone'])

const loopback: Network = { rttMs: 0, gigabits: 1 }

export async function runBenchmark(
  options: BenchOptions,
  scratch: string,
  signal: AbortSignal,
  print: (text: string) => void,
): Promise<void> {
  const { quick, rounds, networks, only, given, docs } = options
  const [load = 0] = loadavg()
  await using stack = new DisposalStack()
  const { directory, sides: all, missing } = await startSides(scratch, given, stack)
  if (missing.length > 0) print(`not installed: ${missing.join(', ')}`)
  const sides = all.filter(({ name }) => !options.sides || options.sides.has(name))
  const servedOf = servedDirectories(directory, scratch)
  const chosen = <T extends { name: string }>(list: readonly T[]): T[] =>
    list.filter(({ name }) => !only || only.has(name))

  const checks = new Map<Network, WanCheck>()
  const announce = async (network: Network): Promise<void> => {
    print(`\n${networkTitle(network)}`)
    if (network.rttMs > 0) {
      const check = await checkWan(network)
      checks.set(network, check)
      const { rttMs, megabytesPerSecond } = check
      print(`the proxy: ${rttMs.toFixed(1)} ms, ${megabytesPerSecond.toFixed(0)} MB/s`)
    }
    print(formatHeading(namesOf(sides)))
  }
  const rows = await runSuite({
    networks,
    workloads: chosen(workloads).filter(({ isLong }) => !isLong || !quick || only),
    sides,
    rounds,
    quick,
    limitSeconds,
    servedOf,
    signal,
    announce,
    done: (row) => print(formatRow(row, namesOf(sides), quick)),
  })

  const growth: GrowthResult[] = []
  const growers = sides.filter(({ name }) => growing.has(name))
  for (const each of quick ? [] : chosen(growths(options.mostEntries))) {
    const conditions = { network: loopback, quick, limitSeconds: 60, signal }
    const result = await measureGrowth(each, growers, servedOf, conditions)
    print(formatGrowth(result))
    growth.push(result)
  }

  const names = namesOf(sides)
  const mounts = namesOf(sides.filter(({ kind }) => kind === 'mount'))
  const results = new Results(
    rows,
    mounts.filter((name) => !isOurs(name)),
  )
  const verdicts = judge(results, names.filter(isOurs))
  print(formatVerdicts(verdicts))
  if (docs === undefined) return
  writeReport(docs, {
    load,
    results,
    sides: names,
    mounts,
    verdicts,
    growth,
    checks,
    rounds,
    quick,
  })
}

const namesOf = (sides: readonly Side[]): string[] => sides.map(({ name }) => name)

const isOurs = (name: string): boolean => name.startsWith('ours')
