/** `ls -l` of a directory that nobody looked at before. */

import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { timeScript } from '../measure/program.ts'
import type { Served, Workload } from './workload.ts'

/** Files of 0 to 99 bytes; their sizes must add up. */
const sizeOf = (index: number): number => index % 100

export async function prepareDirectory(served: Served, entries: number): Promise<void> {
  const path = join(served.directory, `many-${entries}`)
  if (existsSync(path)) return
  mkdirSync(path)
  const bytes = Buffer.alloc(100, 'x')
  for (let index = 0; index < entries; index++) {
    writeFileSync(join(path, `file-${index}.dat`), bytes.subarray(0, sizeOf(index)))
  }
  await served.give(path)
}

/** The list goes to memory; then it is looked at. */
export function listingScript(entries: number): string {
  let bytes = 0
  for (let index = 0; index < entries; index++) bytes += sizeOf(index)
  return `list=$(ls -l many-${entries})
end=$EPOCHREALTIME
awk 'NR > 1 { n++; s += $5 } END { if (n != ${entries} || s != ${bytes}) exit 1 }' <<<"$list" || {
  echo "not the ${entries} files with ${bytes} bytes" >&2; exit 3; }`
}

function listing(entries: number): Workload {
  return {
    name: `ls-${entries}`,
    title: () => `ls -l of ${entries.toLocaleString('en')} files, cold`,
    unit: 's',
    isLong: entries > 10_000,
    prepare: (served) => prepareDirectory(served, entries),
    measure: async (_, job) => ({ value: await timeScript(listingScript(entries), job.program) }),
  }
}

export const list5000 = listing(5_000)
export const list50000 = listing(50_000)
