/** Everyday work by somebody who is not root, on mounts made through fusermount3. */

import { describe, expect, test } from 'vitest'
import {
  ordinaryUser,
  requireBackend,
  requireFor,
  requireOrdinaryUser,
} from '../support/mount/requirements.ts'
import { cleanEnd, runScenario } from '../support/mount/run-scenario.ts'
import { useOurServer } from '../support/mount/server-fixture.ts'
import { scenarioGroups, scenarioLimitMs } from './scenarios/all.ts'

const fixture = useOurServer()

/** What mounting as a user cannot change is tested once; libfuse mounts for both, through fusermount3. */
const backends = [
  ['kernel', scenarioGroups.filter(([name]) => name !== 'large')],
  ['native', scenarioGroups.filter(([name]) => ['programs', 'attributes'].includes(name))],
] as const

describe.for(backends)('%s backend, as an ordinary user', ([backend, groups]) => {
  describe.for(groups)('%s', ([, scenarios]) => {
    const possible = scenarios.filter(
      ([, { needsRoot, impossible }]) =>
        needsRoot === undefined && !impossible?.[backend] && !impossible?.ours,
    )
    test.for(possible)('%s', { timeout: scenarioLimitMs }, async ([, scenario], context) => {
      requireOrdinaryUser(context)
      requireBackend(context, backend)
      requireFor(context, scenario)
      const place = { ...fixture(), backend, user: ordinaryUser }
      expect(await runScenario(scenario, place)).toEqual(cleanEnd)
    })
  })
})
