/** Small files that several readers fetch at a time, as training jobs and builds do. */

import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { runPython } from '../measure/program.ts'
import type { Progress } from './sequential.ts'
import type { Job, Served, Workload } from './workload.ts'

const fileBytes = 64 * 1024
const readers = 8
const files = 200

const directoryOf = (count: number): string => `parallel-${count}`

export function prepareFiles({ directory, content }: Served, count: number): void {
  const path = join(directory, directoryOf(count))
  if (existsSync(path)) return
  mkdirSync(path)
  for (let index = 0; index < count; index++) {
    content.writeSlice(join(path, `file-${index}`), index * fileBytes, fileBytes)
  }
}

/** Seconds for all of them. */
export async function readInParallel(job: Job, count: number, threads: number): Promise<number> {
  const args = [directoryOf(count), count, fileBytes, threads]
  return (await runPython<Progress>('read_in_parallel', args, job.program)).seconds
}

export const parallel: Workload = {
  name: 'parallel',
  title: () => `${readers} readers of ${files} files of 64 KiB`,
  unit: 's',
  prepare: (served) => prepareFiles(served, files),
  measure: async (_, job) => ({ value: await readInParallel(job, files, readers) }),
}
