/** exerciser.py on one file of a mount. */

import { join } from 'node:path'
import { MountProcess } from '../support/mount/mount-process.ts'
import { TestProcess } from '../support/mount/process.ts'
import type { MatrixPlace } from '../support/mount/server-matrix.ts'
import { projectRoot } from '../support/project.ts'

export interface Exercise {
  readonly seed: number
  readonly operations: number
  readonly limitMs: number
}

export interface ExerciseResult {
  readonly code: number | null
  /** What it printed; its last operations if it failed. */
  readonly output: string
  /** Errors and warnings of the mount. */
  readonly log: readonly string[]
}

export async function exercise(place: MatrixPlace, run: Exercise): Promise<ExerciseResult> {
  const { server, backend, scratch } = place
  const { seed, operations, limitMs } = run
  const served = await server.makeDirectory()
  await using mount = await MountProcess.start(await server.signOn(served), {
    backend,
    parent: scratch,
  })
  const program = join(projectRoot, 'test/support/posix/exerciser.py')
  const file = join(mount.mountpoint, 'file')
  const numbers = ['--seed', `${seed}`, '--operations', `${operations}`]
  await using child = TestProcess.start(['python3', program, file, ...numbers], {
    orphanSignal: 'KILL',
  })
  const { code } = await child.wait(limitMs)
  await mount.stop()
  const log = mount.problems().filter((line) => !server.expectedLog?.test(line))
  return { code, output: child.stdout().toString() + child.stderr().toString(), log }
}
