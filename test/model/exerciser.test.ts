/** One file, thousands of reads, writes, truncations and mappings; every byte is compared. */

import { expect, test } from 'vitest'
import { testSeed } from '../support/mount/seed.ts'
import { describeMatrix } from '../support/mount/server-matrix.ts'
import { exercise } from './exercise.ts'

const operations = Number(process.env['UFTP_TEST_EXERCISER_OPERATIONS'] ?? 4_000)
const limitMs = 60_000 + operations * 20

describeMatrix(['kernel', 'native'], (place) => {
  test('a file holds what was written, wherever and however', { timeout: limitMs }, async () => {
    const seed = testSeed()
    expect(await exercise(place(), { seed, operations, limitMs })).toEqual({
      code: 0,
      output: `${operations} operations, seed ${seed}\n`,
      log: [],
    })
  })
})
