/** `git status` of an unchanged tree, for the second time. */

import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runProgram, timeScript } from '../measure/program.ts'
import { bytesBetween } from '../wan/wan.ts'
import type { Served, Workload } from './workload.ts'

const files = 1000
const filesPerDirectory = 50

/**
 * The repository believes size and mtime alone, as inode numbers differ from side to side; and the
 * files are older than the index: git looks at them, not into them.
 */
async function prepareRepository(served: Served): Promise<void> {
  const path = join(served.directory, 'repository')
  if (existsSync(path)) return
  const past = new Date('2026-01-02T03:04:05Z')
  mkdirSync(path)
  for (let index = 0; index < files; index++) {
    const parent = join(path, `d${Math.floor(index / filesPerDirectory)}`)
    if (index % filesPerDirectory === 0) mkdirSync(parent)
    const file = join(parent, `f${index}.c`)
    writeFileSync(file, `int f${index};\n`)
    utimesSync(file, past, past)
  }
  const script = `git init -q; git config core.checkStat minimal; git config core.trustctime false
git config user.name Bench; git config user.email bench@example.org; git add .; git commit -qm all`
  await runProgram(['sh', '-ec', script], { directory: path, limitSeconds: 60 })
  await served.give(path)
}

export const gitStatus: Workload = {
  name: 'git',
  title: () => `git status of ${files.toLocaleString('en')} files, warm`,
  unit: 's',
  alsoLocal: true,
  prepare: prepareRepository,
  measure: async (mount, { program }) => {
    const check = `[ -z "$status" ] || { echo "not clean: $status" >&2; exit 3; }`
    const script = `cd repository; status=$(git status --porcelain); end=$EPOCHREALTIME; ${check}`
    await timeScript(script, program)
    const before = await mount.traffic()
    const value = await timeScript(script, program)
    return { value, wireBytes: bytesBetween(before, await mount.traffic()) }
  },
}
