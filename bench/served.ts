/** The directories behind the sides: one for all, but for those that were given. */

import { lstatSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Content } from './measure/content.ts'
import { runProgram } from './measure/program.ts'
import type { Side } from './sides/side.ts'
import type { Served } from './workloads/workload.ts'

/** Tells which one a side is over. */
export type ServedOf = (side: Side) => Served

export function servedDirectories(common: string, scratch: string): ServedOf {
  const home = join(scratch, 'bench')
  mkdirSync(home)
  const content = new Content(join(home, 'pattern'))
  const known = new Map<string, Served>()
  return (side) => {
    const directory = (side.kind === 'mount' && side.servedDirectory) || common
    const served = known.get(directory) ?? {
      directory,
      content,
      scratch: home,
      give: (path: string) => giveToOwnerOf(directory, path),
    }
    known.set(directory, served)
    return served
  }
}

/** The account that the server works as owns its directory. */
async function giveToOwnerOf(directory: string, path: string): Promise<void> {
  const { uid, gid } = lstatSync(directory)
  if (uid === process.getuid?.()) return
  await runProgram(['chown', '-R', `${uid}:${gid}`, path], { directory, limitSeconds: 60 })
}
