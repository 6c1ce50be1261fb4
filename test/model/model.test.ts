/** Random operations on a mount come out as they do in an ordinary directory. */

import { expect, test } from 'vitest'
import { testSeed } from '../support/mount/seed.ts'
import { describeMatrix } from '../support/mount/server-matrix.ts'
import { checkModel, noTimeouts } from './check-model.ts'

const runs = Number(process.env['UFTP_TEST_MODEL_RUNS'] ?? 15)
const without = (process.env['UFTP_TEST_MODEL_WITHOUT'] ?? '').split(',')
const limitMs = 30_000 + runs * 1000

describeMatrix(['kernel', 'native'], (place, serverName, backend) => {
  const ours = serverName === 'ours'
  /** libfuse makes no hard links here, and loses an open directory that is removed. */
  const impossible = backend === 'native' ? ['link', 'rmdir'] : []
  const kinds = { links: ours, fineTimes: ours, without: [...without, ...impossible] }

  test.for([
    ['as mounted by default', { ...kinds, behind: false }, []],
    ['with changes behind the mount', { ...kinds, behind: true }, ['-o', noTimeouts]],
  ] as const)('%s', { timeout: 2 * limitMs }, async ([, stepKinds, options]) => {
    const seed = testSeed()
    const check = { place: { ...place(), links: ours, options }, kinds: stepKinds }
    const { steps, log } = await checkModel({ ...check, seed, runs, limitMs })
    expect(steps).toBeGreaterThan(100)
    expect(log).toEqual([])
  })
})
