/** Random operations on a mount come out as they do in an ordinary directory. */

import { expect, test } from 'vitest'
import { testSeed } from '../support/mount/seed.ts'
import { describeMatrix } from '../support/mount/server-matrix.ts'
import { checkModel, noTimeouts, possibleKinds } from './check-model.ts'

const runs = Number(process.env['UFTP_TEST_MODEL_RUNS'] ?? 15)
const without = (process.env['UFTP_TEST_MODEL_WITHOUT'] ?? '').split(',')
const limitMs = 30_000 + runs * 1000

describeMatrix(['kernel', 'native'], (place, serverName, backend) => {
  const possible = possibleKinds(serverName, backend)
  const kinds = { ...possible, without: [...without, ...(possible.without ?? [])] }

  test.for([
    ['as mounted by default', { ...kinds, behind: false }, []],
    ['with changes behind the mount', kinds, ['-o', noTimeouts]],
  ] as const)('%s', { timeout: 2 * limitMs }, async ([, stepKinds, options]) => {
    const seed = testSeed()
    const check = { place: { ...place(), links: kinds.links, options }, kinds: stepKinds }
    const { steps, log } = await checkModel({ ...check, seed, runs, limitMs })
    expect(steps).toBeGreaterThan(100)
    expect(log).toEqual([])
  })
})
