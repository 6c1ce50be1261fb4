import { rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runPython, timeScript } from '../measure/program.ts'
import { listingScript, prepareDirectory } from '../workloads/listing.ts'
import { prepareFiles, readInParallel } from '../workloads/parallel.ts'
import type { Progress } from '../workloads/sequential.ts'
import type { Growth } from './growth.ts'

const gigabyte = 2 ** 30

const fileSize: Growth = {
  name: 'file-size',
  title: 'Reading one file',
  axis: 'size of the file',
  sizes: [1, 16, 256, 1024, 4096, 16384].map((mebibytes) => mebibytes * 2 ** 20),
  formatSize: (bytes) =>
    bytes >= gigabyte ? `${bytes / gigabyte} GiB` : `${Math.round(bytes / 2 ** 20)} MiB`,
  workload: (size) => ({
    name: 'growth',
    title: () => '',
    unit: 's',
    prepare: ({ directory }) => {
      writeFileSync(join(directory, 'sparse'), '')
      truncateSync(join(directory, 'sparse'), size)
    },
    measure: async (_, job) => {
      const { seconds } = await runPython<Progress>('read_sparse', ['sparse', size], job.program)
      return { value: seconds }
    },
    remove: ({ directory }) => rmSync(join(directory, 'sparse')),
  }),
}

const directorySize = (mostEntries: number): Growth => ({
  name: 'directory-size',
  title: 'ls -l of one directory, cold',
  axis: 'files in the directory',
  sizes: [100, 1000, 10_000, 100_000, 1_000_000].filter((entries) => entries <= mostEntries),
  formatSize: (entries) => entries.toLocaleString('en'),
  workload: (entries) => ({
    name: 'growth',
    title: () => '',
    unit: 's',
    prepare: (served) => prepareDirectory(served, entries),
    measure: async (_, job) => ({ value: await timeScript(listingScript(entries), job.program) }),
    remove: ({ directory }) => rmSync(join(directory, `many-${entries}`), { recursive: true }),
  }),
})

const parallelFiles = 256

const parallelism: Growth = {
  name: 'parallelism',
  title: `Reading ${parallelFiles} files of 64 KiB`,
  axis: 'readers at a time',
  sizes: [1, 2, 4, 8, 16, 32, 64],
  formatSize: String,
  workload: (readers) => ({
    name: 'growth',
    title: () => '',
    unit: 's',
    prepare: (served) => prepareFiles(served, parallelFiles),
    measure: async (_, job) => ({ value: await readInParallel(job, parallelFiles, readers) }),
  }),
}

export const growths = (mostEntries: number): readonly Growth[] => [
  fileSize,
  directorySize(mostEntries),
  parallelism,
]
