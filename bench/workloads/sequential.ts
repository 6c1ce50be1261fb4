/** One large file in order: what copies, archives and most programs do. */

import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { mebibyte } from '../measure/content.ts'
import { runPython } from '../measure/program.ts'
import { secondsUntilThere } from './late-arrival.ts'
import { mostSeconds } from './workload.ts'
import type { Job, Scale, Served, Workload } from './workload.ts'

export interface Progress {
  readonly count: number
  readonly seconds: number
}

/** Long enough that the start does not count: seconds at the speed of the link. */
export function fileMiB({ network, quick }: Scale): number {
  const full = network.rttMs === 0 ? 1024 : network.gigabits > 1 ? 512 : 256
  return quick ? full / 4 : full
}

export function bigFile(scale: Scale): string {
  return `big-${fileMiB(scale)}`
}

export function prepareBigFile({ directory, content }: Served, scale: Scale): void {
  const path = join(directory, bigFile(scale))
  if (!existsSync(path)) content.write(path, fileMiB(scale) * mebibyte)
}

const bytes = (scale: Scale): number => fileMiB(scale) * mebibyte

function sequentialRead(name: string, callBytes: number, words: string): Workload {
  /** Small calls are checked now and then, as checking takes longer than they do. */
  const checkEvery = mebibyte
  return {
    name,
    title: (scale) => `read ${fileMiB(scale)} MiB in order, ${words} a call`,
    unit: 'MB/s',
    prepare: prepareBigFile,
    measure: async (_, job) => {
      const args = [bigFile(job), bytes(job), callBytes, mostSeconds, checkEvery]
      const { count, seconds } = await runPython<Progress>('read', args, job.program)
      return { value: count / 1e6 / seconds }
    },
    transfer: async (transfer, job) => {
      const { limitSeconds } = job.program
      const seconds = await transfer.read(bigFile(job), bytes(job), limitSeconds)
      return { value: bytes(job) / 1e6 / seconds }
    },
  }
}

export const read1MiB = sequentialRead('read-1m', mebibyte, '1 MiB')
export const read4KiB = sequentialRead('read-4k', 4096, '4 KiB')

async function inFreshDirectory<T>({ served }: Job, work: (path: string) => Promise<T>) {
  const path = join(served.directory, 'written')
  rmSync(path, { recursive: true, force: true })
  mkdirSync(path)
  await served.give(path)
  try {
    return await work(join(path, 'file'))
  } finally {
    rmSync(path, { recursive: true, force: true })
  }
}

export const write: Workload = {
  name: 'write',
  title: (scale) => `write ${fileMiB(scale)} MiB in order and close`,
  unit: 'MB/s',
  measure: (_, job) =>
    inFreshDirectory(job, async (path) => {
      const { program, served } = job
      const args = ['written/file', fileMiB(job), mostSeconds]
      const { count, seconds } = await runPython<Progress>('write', args, program)
      const more = await secondsUntilThere(
        () => served.content.checkWritten(path, count),
        program.limitSeconds,
      )
      return { value: count / 1e6 / (seconds + more), isLate: more > 0 }
    }),
  transfer: (transfer, job) =>
    inFreshDirectory(job, async () => {
      const seconds = await transfer.write('written/file', bytes(job), job.program.limitSeconds)
      return { value: bytes(job) / 1e6 / seconds }
    }),
}
