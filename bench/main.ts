/** `make bench`: the mount beside what people would use instead. */

import { mkdirSync } from 'node:fs'
import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { DisposalStack } from '../src/support/disposal-stack.ts'
import { makeScratch, removeScratch } from '../test/support/mount/scratch.ts'
import { Content } from './measure/content.ts'
import { runProgram } from './measure/program.ts'
import { parseOptions, usage } from './options.ts'
import type { BenchOptions } from './options.ts'
import { formatHeading, formatRow } from './report/terminal.ts'
import { startSides } from './sides/all-sides.ts'
import { runSuite } from './suite.ts'
import { workloads } from './workloads/all.ts'
import type { Served } from './workloads/workload.ts'

const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => interrupted.abort(new Error(`ended by ${signal}`)))
}
const options = parseOptions(process.argv.slice(2))
if (options.help) print(usage)
else await run(options)

async function run({ quick, rounds, rtts, only, sides: wanted, given }: BenchOptions) {
  const scratch = makeScratch()
  try {
    await using stack = new DisposalStack()
    const { directory, sides: all, missing } = await startSides(scratch, given, stack)
    if (missing.length > 0) print(`not installed: ${missing.join(', ')}`)
    const sides = all.filter(({ name }) => !wanted || wanted.has(name))
    const names = sides.map(({ name }) => name)
    let network = ''
    await runSuite({
      networks: rtts.map((rttMs) => ({ rttMs, gigabits: 1 })),
      workloads: workloads.filter(({ name }) => !only || only.has(name)),
      sides,
      rounds,
      quick,
      served: makeServed(directory, scratch),
      signal: interrupted.signal,
      done: (row) => {
        const { rttMs, gigabits } = row.network
        const words = rttMs === 0 ? 'RTT 0 (loopback)' : `RTT ${rttMs} ms, ${gigabits} Gbit/s`
        if (words !== network) print(`\n${words}\n${formatHeading(names)}`)
        network = words
        print(formatRow(row, names, quick))
      },
    })
  } finally {
    removeScratch(scratch)
  }
}

function makeServed(directory: string, scratch: string): Served {
  const { uid, gid } = lstatSync(directory)
  const home = join(scratch, 'bench')
  mkdirSync(home)
  return {
    directory,
    content: new Content(join(home, 'pattern')),
    scratch: home,
    give: async (path) => {
      if (uid === process.getuid?.()) return
      await runProgram(['chown', '-R', `${uid}:${gid}`, path], {
        directory: home,
        limitSeconds: 60,
      })
    },
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
