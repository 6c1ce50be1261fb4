/** Equally distant chunks of a large file with looks into its index: slices of a scientific array. */

import { mebibyte } from '../measure/content.ts'
import { runPython } from '../measure/program.ts'
import { bigFile, fileMiB, prepareBigFile } from './sequential.ts'
import type { Progress } from './sequential.ts'
import { mostSeconds } from './workload.ts'
import type { Workload } from './workload.ts'

export const slices: Workload = {
  name: 'slices',
  title: () => 'read slices: 64 KiB of each MiB, and an index',
  unit: '1/s',
  prepare: prepareBigFile,
  measure: async (_, job) => {
    const args = [bigFile(job), fileMiB(job) * mebibyte, mostSeconds(job)]
    const found = await runPython<Progress & { asked: number }>('read_slices', args, job.program)
    return { value: found.count / found.seconds, asked: found.asked }
  },
}
