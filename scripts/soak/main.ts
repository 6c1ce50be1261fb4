/** `npm run soak -- [--cycles N] [--minutes N] [--at-once N]`: one line of result. */

import { parseArgs } from 'node:util'
import { makeScratch, removeScratch } from '../../test/support/mount/scratch.ts'
import { soak } from './soak.ts'

const { values } = parseArgs({
  options: {
    cycles: { type: 'string', default: '1000' },
    minutes: { type: 'string', default: '30' },
    'at-once': { type: 'string', default: '2' },
  },
})

const scratch = makeScratch()
try {
  const { cycles, seconds, left } = await soak({
    cycles: Number(values.cycles),
    minutes: Number(values.minutes),
    atOnce: Number(values['at-once']),
    scratch,
  })
  for (const line of left) process.stderr.write(`left: ${line}\n`)
  const asked = cycles < Number(values.cycles) ? ` (of ${values.cycles}; the time is up)` : ''
  const verdict = left.length === 0 ? 'nothing is left behind' : `${left.length} things are left`
  process.stdout.write(`${cycles} mounts${asked} in ${Math.round(seconds)} s: ${verdict}\n`)
  if (left.length > 0) process.exitCode = 1
} finally {
  removeScratch(scratch)
}
