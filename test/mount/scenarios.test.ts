/** Every scenario on every FUSE backend and every server. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { requireFor, requireFuse } from '../support/mount/requirements.ts'
import { cleanEnd, runScenario } from '../support/mount/run-scenario.ts'
import type { BackendName } from '../support/mount/scenario.ts'
import { useScratch } from '../support/mount/scratch-fixture.ts'
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
        const place = { server, backend, scratch: scratch() }
        expect(await runScenario(scenario, place)).toEqual(cleanEnd)
      })
    })
  })
})
