/**
 * The scenarios on two ordinary directories, for whoever writes one: `UFTP_TEST_SELF_CHECK=1`. A
 * scenario that fails here depends on chance or on the place, and would accuse the mount wrongly.
 */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { requireFor } from '../support/mount/requirements.ts'
import { createScenarioContext } from '../support/mount/scenario-context.ts'
import { useScratch } from '../support/mount/scratch-fixture.ts'
import { removeScratch } from '../support/mount/scratch.ts'
import { scenarioGroups, scenarioLimitMs } from './scenarios/all.ts'

describe('scenarios on ordinary directories', () => {
  const scratch = useScratch()
  let count = 0
  describe.for(scenarioGroups)('%s', ([, scenarios]) => {
    test.for(scenarios)('%s', { timeout: scenarioLimitMs }, async ([, scenario], machine) => {
      requireFor(machine, scenario)
      count += 1
      const [mounted, local, input] = ['one', 'two', 'input'].map((name) => {
        const directory = join(scratch(), `${name}-${count}`)
        mkdirSync(directory)
        return directory
      }) as [string, string, string]
      const directories = { mounted, local, input, served: mounted, timeGranularityNs: 1n }
      await expect(scenario.run(createScenarioContext(directories))).resolves.toBeUndefined()
      for (const directory of [mounted, local, input]) removeScratch(directory)
    })
  })
})
