/** One large file in order: what copies, archives and most programs do. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { mebibyte } from '../measure/content.ts'
import { runPython } from '../measure/program.ts'
import { inFreshDirectory } from './fresh-directory.ts'
import { secondsUntilThere } from './late-arrival.ts'
import { mostSeconds } from './workload.ts'
import type { Scale, Served, Workload } from './workload.ts'

export interface Progress {
  readonly count: number
  readonly seconds: number
}

/** Long enough that the start does not count; who is slow does not get to its end. */
export function fileMiB({ quick }: Scale): number {
  return quick ? 256 : 1024
}

/** A bare transfer is always of a whole file: one that is through in time. */
function transferMiB(scale: Scale): number {
  return scale.network.rttMs === 0 ? fileMiB(scale) : fileMiB(scale) / 4
}

/** What has been written is waited for, however slowly it arrives. */
function writtenMiB(scale: Scale): number {
  return scale.network.rttMs === 0 ? fileMiB(scale) : fileMiB(scale) / 2
}

/** Far away as long as the whole takes at the rate of the link: the start counts as it does for users. */
function secondsInOrder(scale: Scale): number {
  return mostSeconds(scale) * (scale.network.rttMs === 0 ? 1 : 4)
}

const nameOf = (mebibytes: number): string => `big-${mebibytes}`

export function bigFile(scale: Scale): string {
  return nameOf(fileMiB(scale))
}

export function prepareBigFile({ directory, content }: Served, scale: Scale): void {
  for (const mebibytes of new Set([fileMiB(scale), transferMiB(scale)])) {
    const path = join(directory, nameOf(mebibytes))
    if (!existsSync(path)) content.write(path, mebibytes * mebibyte)
  }
}

function sequentialRead(name: string, callBytes: number, words: string): Workload {
  /** Small calls are checked now and then, as checking takes longer than they do. */
  const checkEvery = mebibyte
  return {
    name,
    title: (scale) => `read ${fileMiB(scale)} MiB in order, ${words} a call`,
    unit: 'MB/s',
    prepare: prepareBigFile,
    measure: async (_, job) => {
      const args = [
        bigFile(job),
        fileMiB(job) * mebibyte,
        callBytes,
        secondsInOrder(job),
        checkEvery,
      ]
      const { count, seconds } = await runPython<Progress>('read', args, job.program)
      return { value: count / 1e6 / seconds }
    },
    transfer: async (transfer, job) => {
      const { limitSeconds } = job.program
      const bytes = transferMiB(job) * mebibyte
      const seconds = await transfer.read(nameOf(transferMiB(job)), bytes, limitSeconds)
      return { value: bytes / 1e6 / seconds }
    },
  }
}

export const read1MiB = sequentialRead('read-1m', mebibyte, '1 MiB')
export const read4KiB = sequentialRead('read-4k', 4096, '4 KiB')

export const write: Workload = {
  name: 'write',
  title: (scale) => `write ${writtenMiB(scale)} MiB in order and close`,
  unit: 'MB/s',
  measure: (_, job) =>
    inFreshDirectory(job.served, 'written', async (path) => {
      const { program, served } = job
      const args = ['written/file', writtenMiB(job), secondsInOrder(job)]
      const { count, seconds } = await runPython<Progress>('write', args, program)
      const more = await secondsUntilThere(
        () => served.content.checkWritten(join(path, 'file'), count),
        program.limitSeconds,
      )
      return { value: count / 1e6 / (seconds + more), isLate: more > 0 }
    }),
  transfer: (transfer, job) =>
    inFreshDirectory(job.served, 'written', async () => {
      const bytes = transferMiB(job) * mebibyte
      const seconds = await transfer.write('written/file', bytes, job.program.limitSeconds)
      return { value: bytes / 1e6 / seconds }
    }),
}
