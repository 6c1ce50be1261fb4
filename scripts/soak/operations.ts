/**
 * Random operations for a long time: sequences compared with an ordinary directory (test/model), and
 * the exerciser of one file, on each backend and server. The first difference ends it.
 */

import { checkModel, noTimeouts, possibleKinds } from '../../test/model/check-model.ts'
import { exercise } from '../../test/model/exercise.ts'
import type { BackendName } from '../../test/support/mount/scenario.ts'
import { testSeed } from '../../test/support/mount/seed.ts'
import { availableServers, startServer } from '../../test/support/mount/servers.ts'

export interface OperationsSoak {
  /** Sequences on each backend and server. */
  readonly runs: number
  /** Operations of the exerciser on each backend and server. */
  readonly operations: number
  readonly scratch: string
  readonly say: (line: string) => void
}

const backends: readonly BackendName[] = ['kernel', 'native']
const limitMs = 24 * 3_600_000

export async function soakOperations(soak: OperationsSoak): Promise<void> {
  const { runs, operations, scratch, say } = soak
  for (const serverName of availableServers()) {
    await using server = await startServer(serverName, scratch)
    for (const backend of backends) {
      const place = { server, backend, scratch }
      const where = `${serverName} server, ${backend} backend`
      const kinds = possibleKinds(serverName, backend)
      const seed = testSeed()
      say(`${where}: seed ${seed}`)
      const { steps, log } = await checkModel({
        place: { ...place, links: kinds.links, options: ['-o', noTimeouts] },
        kinds,
        seed,
        runs,
        limitMs,
      })
      const { code, output, log: further } = await exercise(place, { seed, operations, limitMs })
      const problems = [...log, ...further]
      if (code !== 0) throw new Error(`${where}: ${output}`)
      if (problems.length > 0) throw new Error(`${where}: ${problems.join('\n')}`)
      say(`${where}: ${steps} steps, ${output.trim()}`)
    }
  }
}
