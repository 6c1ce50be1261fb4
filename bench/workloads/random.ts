/** Single places of one large file, each once: databases, indices, viewers. */

import { mebibyte } from '../measure/content.ts'
import { runPython } from '../measure/program.ts'
import { bigFile, fileMiB, prepareBigFile } from './sequential.ts'
import type { Progress } from './sequential.ts'
import { mostSeconds } from './workload.ts'
import type { Workload } from './workload.ts'

function randomReads(name: string, callBytes: number, words: string, calls: number): Workload {
  return {
    name,
    title: () => `read ${words} at random`,
    unit: '1/s',
    prepare: prepareBigFile,
    measure: async (_, job) => {
      const args = [bigFile(job), fileMiB(job) * mebibyte, callBytes, calls, mostSeconds(job)]
      const { count, seconds } = await runPython<Progress>('read_at_random', args, job.program)
      return { value: count / seconds, asked: count * callBytes }
    },
  }
}

export const random4KiB = randomReads('random-4k', 4096, '4 KiB', 2000)
export const random1MiB = randomReads('random-1m', mebibyte, '1 MiB', 200)
