/** Every scenario on every FUSE backend and every server. */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MountProcess } from '../support/mount/mount-process.ts'
import type { ProcessExit } from '../support/mount/process.ts'
import { requireFor, requireFuse } from '../support/mount/requirements.ts'
import { createScenarioContext } from '../support/mount/scenario-context.ts'
import type { BackendName, Scenario } from '../support/mount/scenario.ts'
import { useScratch } from '../support/mount/scratch-fixture.ts'
import { removeScratch } from '../support/mount/scratch.ts'
import { availableServers, startServer } from '../support/mount/servers.ts'
import type { TestServer } from '../support/mount/test-server.ts'
import { scenarioGroups, scenarioLimitMs } from './scenarios/all.ts'

const backends = ['kernel'] as const satisfies readonly BackendName[]

describe.for(availableServers())('%s server', (serverName) => {
  const scratch = useScratch()
  let server: TestServer

  beforeAll(async () => {
    server = await startServer(serverName, scratch())
  })
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]()
  })

  describe.for(backends)('%s backend', (backend) => {
    describe.for(scenarioGroups)('%s', ([, scenarios]) => {
      test.for(scenarios)('%s', { timeout: scenarioLimitMs }, async ([, scenario], context) => {
        const reason = scenario.impossible?.[serverName] ?? scenario.impossible?.[backend]
        context.skip(reason !== undefined, `impossible: ${reason}`)
        requireFuse(context)
        requireFor(context, scenario)
        expect(await runScenario(scenario, server, backend, scratch())).toEqual(cleanEnd)
      })
    })
  })
})

interface ScenarioEnd {
  readonly exit: ProcessExit
  readonly mountLog: readonly string[]
  readonly serverLog: readonly string[]
}

const cleanEnd: ScenarioEnd = { exit: { code: 0, signal: null }, mountLog: [], serverLog: [] }

let count = 0

async function runScenario(
  scenario: Scenario,
  server: TestServer,
  backend: BackendName,
  scratch: string,
): Promise<ScenarioEnd> {
  count += 1
  const local = join(scratch, `local-${count}`)
  const input = join(scratch, `input-${count}`)
  for (const directory of [local, input]) mkdirSync(directory)

  const served = await server.makeDirectory()
  const knownProblems = server.logProblems().length
  await using mount = await MountProcess.start(await server.signOn(served), {
    backend,
    parent: scratch,
  })
  const { timeGranularityNs } = server
  const mounted = mount.mountpoint
  await scenario.run(createScenarioContext({ mounted, local, served, input, timeGranularityNs }))

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
