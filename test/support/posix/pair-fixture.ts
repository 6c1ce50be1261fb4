import { afterAll, beforeAll } from 'vitest'
import { MountedPair, type PairPlace } from './mounted-pair.ts'

/** One mount and its twin for all tests of a suite; complaints in the mount's log fail it. */
export function usePair(place: () => PairPlace): () => MountedPair {
  let pair: MountedPair
  beforeAll(async () => {
    pair = await MountedPair.start(place())
  })
  afterAll(async () => {
    await using ended = pair
    const problems = await ended.end()
    if (problems.length > 0) throw new Error(problems.join('\n'))
  })
  return () => pair
}
