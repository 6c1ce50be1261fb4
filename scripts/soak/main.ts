/**
 * `npm run soak -- [--cycles N] [--minutes N] [--at-once N]`: mounts and unmounts; one line of result.
 * `npm run soak -- --operations N [--sequences N]`: random operations on each backend and server.
 */

import { parseArgs } from 'node:util'
import { makeScratch, removeScratch } from '../../test/support/mount/scratch.ts'
import { soakOperations } from './operations.ts'
import { soak } from './soak.ts'

const { values } = parseArgs({
  options: {
    cycles: { type: 'string', default: '1000' },
    minutes: { type: 'string', default: '30' },
    'at-once': { type: 'string', default: '2' },
    operations: { type: 'string' },
    sequences: { type: 'string', default: '500' },
  },
})

const scratch = makeScratch()
try {
  if (values.operations === undefined) await soakMounts()
  else {
    await soakOperations({
      runs: Number(values.sequences),
      operations: Number(values.operations),
      scratch,
      say: (line) => process.stdout.write(`${line}\n`),
    })
  }
} finally {
  removeScratch(scratch)
}

async function soakMounts(): Promise<void> {
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
}
