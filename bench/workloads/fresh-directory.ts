import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Served } from './workload.ts'

/** Lets work write into an empty directory behind the server, which goes afterwards. */
export async function inFreshDirectory<T>(
  served: Served,
  name: string,
  work: (path: string) => Promise<T>,
): Promise<T> {
  const path = join(served.directory, name)
  // A mount that took too long may have gone on writing until it was ended.
  removeTree(path)
  mkdirSync(path)
  await served.give(path)
  try {
    return await work(path)
  } finally {
    removeTree(path)
  }
}

function removeTree(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 10 })
}
