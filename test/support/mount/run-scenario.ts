/** One scenario on one mount, from its beginning to a clean end. */

import { chownSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { MountProcess } from './mount-process.ts'
import type { ProcessExit } from './process.ts'
import { createScenarioContext } from './scenario-context.ts'
import type { BackendName, Scenario } from './scenario.ts'
import { removeScratch } from './scratch.ts'
import type { UserIds } from './shell.ts'
import type { TestServer } from './test-server.ts'

export interface ScenarioPlace {
  readonly server: TestServer
  readonly backend: BackendName
  readonly scratch: string
  /** Who mounts and works (only root can be another); default: who runs the tests. */
  readonly user?: UserIds
}

export interface ScenarioEnd {
  readonly exit: ProcessExit
  readonly mountLog: readonly string[]
  readonly serverLog: readonly string[]
}

export const cleanEnd: ScenarioEnd = {
  exit: { code: 0, signal: null },
  mountLog: [],
  serverLog: [],
}

let count = 0

export async function runScenario(scenario: Scenario, place: ScenarioPlace): Promise<ScenarioEnd> {
  const { server, backend, scratch, user } = place
  count += 1
  const [local, input] = ['local', 'input'].map((name) => {
    const directory = join(scratch, `${name}-${count}`)
    mkdirSync(directory)
    if (user) chownSync(directory, user.uid, user.gid)
    return directory
  }) as [string, string]

  const served = await server.makeDirectory()
  const knownProblems = server.logProblems().length
  await using mount = await MountProcess.start(await server.signOn(served), {
    backend,
    parent: scratch,
    ...(user && { user }),
  })
  const { timeGranularityNs } = server
  const mounted = mount.mountpoint
  const directories = { mounted, local, served, input }
  await scenario.run(createScenarioContext({ ...directories, timeGranularityNs, user }))

  const end = {
    exit: await mount.stop(),
    mountLog: mount
      .problems()
      .filter((line) => !scenario.expectedLog?.test(line) && !server.expectedLog?.test(line)),
    serverLog: server.logProblems().slice(knownProblems),
  }
  for (const directory of [local, input, served]) removeScratch(directory)
  return end
}
