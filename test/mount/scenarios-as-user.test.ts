/** Everyday work by somebody who is not root, on a mount made through fusermount3. */

import { describe, expect, test } from 'vitest'
import { ordinaryUser, requireFor, requireOrdinaryUser } from '../support/mount/requirements.ts'
import { cleanEnd, runScenario } from '../support/mount/run-scenario.ts'
import { useOurServer } from '../support/mount/server-fixture.ts'
import { scenarioGroups, scenarioLimitMs } from './scenarios/all.ts'

const fixture = useOurServer()

/** What mounting as a user cannot change is measured once. */
const groups = scenarioGroups.filter(([name]) => name !== 'large')

describe('kernel backend, as an ordinary user', () => {
  describe.for(groups)('%s', ([, scenarios]) => {
    const possible = scenarios.filter(([, scenario]) => scenario.needsRoot === undefined)
    test.for(possible)('%s', { timeout: scenarioLimitMs }, async ([, scenario], context) => {
      requireOrdinaryUser(context)
      requireFor(context, scenario)
      const place = { ...fixture(), backend: 'kernel', user: ordinaryUser } as const
      expect(await runScenario(scenario, place)).toEqual(cleanEnd)
    })
  })
})
