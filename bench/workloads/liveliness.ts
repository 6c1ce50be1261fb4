/** How long an `ls` takes while somebody else copies as fast as it goes. */

import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runPython } from '../measure/program.ts'
import { bigFile, prepareBigFile } from './sequential.ts'
import { mostSeconds } from './workload.ts'
import type { Served, Workload } from './workload.ts'

const directories = 100
const entries = 20

async function prepareDirectories(served: Served): Promise<void> {
  const home = join(served.directory, 'lively')
  if (existsSync(home)) return
  for (let number = 0; number < directories; number++) {
    const path = join(home, `small-${number}`)
    mkdirSync(path, { recursive: true })
    for (let entry = 0; entry < entries; entry++) {
      writeFileSync(join(path, `file-${entry}`), Buffer.alloc(entry))
    }
  }
  await served.give(home)
}

export const liveliness: Workload = {
  name: 'lively',
  title: () => 'ls elsewhere during a copy, 95 of 100 within',
  unit: 'ms',
  prepare: async (served, scale) => {
    prepareBigFile(served, scale)
    await prepareDirectories(served)
  },
  measure: async (_, job) => {
    const program = { ...job.program, directory: `${job.program.directory}/lively` }
    const args = [`../${bigFile(job)}`, directories, entries, mostSeconds(job)]
    const { p95 } = await runPython<{ p95: number }>('list_while_copying', args, program)
    return { value: p95 }
  },
}
