/** A short run of `npm run soak`. */

import { expect, test } from 'vitest'
import { soak } from '../../scripts/soak/soak.ts'
import { requireFuse, requirePrograms } from '../support/mount/requirements.ts'
import { useScratch } from '../support/mount/scratch-fixture.ts'

const scratch = useScratch()

test(
  'mounts come and go in every way, and nothing is left',
  { timeout: 300_000 },
  async (context) => {
    requireFuse(context)
    requirePrograms(context, ['fusermount3'])
    const result = await soak({ cycles: 20, minutes: 4, atOnce: 2, scratch: scratch() })
    expect(result).toMatchObject({ cycles: 20, left: [] })
  },
)
