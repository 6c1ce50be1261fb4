/** Every case on a mount that root has made for everybody, against tmpfs. */

import { describe, expect, test } from 'vitest'
import { isRoot, requireRoot } from '../support/mount/requirements.ts'
import { describeMatrix } from '../support/mount/server-matrix.ts'
import { usePair } from '../support/posix/pair-fixture.ts'
import type { Operation } from '../support/posix/driver.ts'
import { mountOptions, usersImpossible } from './case.ts'
import { areas } from './cases/all.ts'

const asBefore: readonly Operation[] = isRoot ? [['become', 0, 0]] : []

describeMatrix(
  ['kernel', 'native'],
  (place, serverName, backend) => {
    const options = mountOptions(backend)
    const pair = usePair(() => ({ ...place(), options, links: true, owners: true }))

    describe.for(areas)('%s', ([, cases]) => {
      test.for(cases)('$name', async ({ steps, impossible }, context) => {
        const reason =
          impossible?.[serverName] ?? impossible?.[backend] ?? usersImpossible(steps, backend)
        context.skip(reason !== undefined, `impossible: ${reason}`)
        if (steps.some(([verb]) => verb === 'become')) requireRoot(context, 'it becomes others')
        await pair().begin()
        const { differences } = await pair().compare([...steps, ...asBefore, ['tree']])
        expect(differences).toEqual([])
      })
    })
  },
  { privileged: true },
)
