/** `make bench`: the mount beside what people would use instead. */

import { makeScratch, removeScratch, removeStaleScratch } from '../test/support/mount/scratch.ts'
import { parseOptions, usage } from './options.ts'
import { runBenchmark } from './run.ts'

const print = (text: string): void => void process.stdout.write(`${text}\n`)

/** The first signal ends the run with everything taken away, the second one at once. */
const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => interrupted.abort(new Error(`ended by ${signal}`)))
}

try {
  const options = parseOptions(process.argv.slice(2))
  if (options.help) print(usage)
  else await run(options)
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}

async function run(options: ReturnType<typeof parseOptions>): Promise<void> {
  removeStaleScratch()
  const scratch = makeScratch()
  try {
    await runBenchmark(options, scratch, interrupted.signal, print)
  } finally {
    removeScratch(scratch)
  }
}
