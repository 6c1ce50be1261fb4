/** Every scenario on one FUSE backend and every server. A file for each backend: files run side by side. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { requireBackend, requireFor, requireFuse } from './requirements.ts'
import { cleanEnd, runScenario } from './run-scenario.ts'
import type { BackendName } from './scenario.ts'
import { useScratch } from './scratch-fixture.ts'
import { availableServers, startServer } from './servers.ts'
import type { TestServer } from './test-server.ts'
import { scenarioGroups, scenarioLimitMs } from '../../mount/scenarios/all.ts'

export function describeScenarios(backend: BackendName): void {
  describe.for(availableServers())('%s server', (serverName) => {
    const scratch = useScratch()
    let server: TestServer

    beforeAll(async () => {
      server = await startServer(serverName, scratch())
    })
    afterAll(async () => {
      await server?.[Symbol.asyncDispose]()
    })

    describe(`${backend} backend`, () => {
      describe.for(scenarioGroups)('%s', ([, scenarios]) => {
        test.for(scenarios)('%s', { timeout: scenarioLimitMs }, async ([, scenario], context) => {
          const reason = scenario.impossible?.[serverName] ?? scenario.impossible?.[backend]
          context.skip(reason !== undefined, `impossible: ${reason}`)
          requireFuse(context)
          requireBackend(context, backend)
          requireFor(context, scenario)
          const place = { server, backend, scratch: scratch() }
          expect(await runScenario(scenario, place)).toEqual(cleanEnd)
        })
      })
    })
  })
}
