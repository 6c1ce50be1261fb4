import { gitStatus } from './git.ts'
import { list5000, list50000 } from './listing.ts'
import { liveliness } from './liveliness.ts'
import { parallel } from './parallel.ts'
import { random1MiB, random4KiB } from './random.ts'
import { read1MiB, read4KiB, write } from './sequential.ts'
import { slices } from './slices.ts'
import { remove, untar } from './small-files.ts'
import type { Workload } from './workload.ts'

/** In the order of the table. */
export const workloads: readonly Workload[] = [
  read1MiB,
  read4KiB,
  write,
  random4KiB,
  random1MiB,
  slices,
  list5000,
  list50000,
  untar,
  remove,
  gitStatus,
  parallel,
  liveliness,
]
