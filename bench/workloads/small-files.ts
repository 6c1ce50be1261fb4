/** A tree of many small files unpacked and removed. */

import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { WrongResult } from '../measure/outcome.ts'
import { runProgram, timeScript } from '../measure/program.ts'
import { inFreshDirectory } from './fresh-directory.ts'
import { secondsUntilThere } from './late-arrival.ts'
import type { Scale, Served, Workload } from './workload.ts'

const fileBytes = 4096
const filesPerDirectory = 50

/** Each file costs round trips: fewer of them far away, and times are told by the file. */
function fileCount({ network, quick }: Scale): number {
  const full = network.rttMs === 0 ? 500 : network.rttMs <= 10 ? 100 : 25
  return quick ? Math.ceil(full / 2) : full
}

const nameOf = (index: number): string =>
  `tree/d${Math.floor(index / filesPerDirectory)}/f${index}.txt`

const contentOf = (index: number): Buffer => Buffer.alloc(fileBytes, `file ${index}\n`)

/** The tree on this machine, and an archive of it. */
async function prepareTree({ scratch }: Served, scale: Scale): Promise<void> {
  const files = fileCount(scale)
  const home = treeHome(scratch, scale)
  if (existsSync(home)) return
  for (let index = 0; index < files; index++) {
    const path = join(home, nameOf(index))
    if (index % filesPerDirectory === 0) mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, contentOf(index))
  }
  const settings = { directory: home, limitSeconds: 60 }
  await runProgram(['tar', '-cf', 'tree.tar', 'tree'], settings)
}

const treeHome = (scratch: string, scale: Scale): string =>
  join(scratch, `tree-${fileCount(scale)}`)

function checkTree(directory: string, files: number): void {
  for (let index = 0; index < files; index++) {
    const path = join(directory, nameOf(index))
    if (!existsSync(path)) throw new WrongResult(`${nameOf(index)} is not on the server`)
    if (!readFileSync(path).equals(contentOf(index))) {
      throw new WrongResult(`${nameOf(index)} is another on the server`)
    }
  }
}

export const untar: Workload = {
  name: 'untar',
  title: (scale) => `untar ${fileCount(scale)} files of 4 KiB`,
  unit: 'ms a file',
  prepare: prepareTree,
  measure: (_, job) =>
    inFreshDirectory(job.served, 'small', async (path) => {
      const files = fileCount(job)
      const archive = join(treeHome(job.served.scratch, job), 'tree.tar')
      const seconds = await timeScript(`cd small && tar -xf ${archive}`, job.program)
      const more = await secondsUntilThere(() => checkTree(path, files), job.program.limitSeconds)
      return { value: ((seconds + more) * 1000) / files, isLate: more > 0 }
    }),
}

export const remove: Workload = {
  name: 'rm',
  title: (scale) => `rm -r of ${fileCount(scale)} files of 4 KiB`,
  unit: 'ms a file',
  prepare: prepareTree,
  measure: (_, job) =>
    inFreshDirectory(job.served, 'small', async (path) => {
      const files = fileCount(job)
      const tree = join(path, 'tree')
      cpSync(join(treeHome(job.served.scratch, job), 'tree'), tree, { recursive: true })
      await job.served.give(tree)
      const seconds = await timeScript('rm -r small/tree', job.program)
      const isGone = (): void => {
        if (existsSync(tree)) throw new WrongResult('the tree is still on the server')
      }
      const more = await secondsUntilThere(isGone, job.program.limitSeconds)
      return { value: ((seconds + more) * 1000) / files, isLate: more > 0 }
    }),
}
