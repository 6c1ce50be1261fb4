/** Random sequences on one mount until the number of runs is reached; the first that fails is cut down. */

import fc from 'fast-check'
import type { BackendName, ServerName } from '../support/mount/scenario.ts'
import { MountedPair } from '../support/posix/mounted-pair.ts'
import type { PairPlace } from '../support/posix/mounted-pair.ts'
import { runSteps } from './run-steps.ts'
import { arbitraryStep } from './steps.ts'
import type { StepKinds } from './steps.ts'

export interface ModelCheck {
  readonly place: PairPlace
  readonly kinds: StepKinds
  readonly seed: number
  readonly runs: number
  /** No run, and no attempt to cut a failing one down, begins after that. */
  readonly limitMs: number
}

export interface ModelResult {
  readonly steps: number
  /** Errors and warnings of the mount. */
  readonly log: readonly string[]
}

const stepsPerRun = 120

/** What every run of changes behind the mount is done with: nothing is believed without asking. */
export const noTimeouts = ['attr_timeout', 'entry_timeout', 'negative_timeout', 'dir_timeout']
  .map((name) => `${name}=0`)
  .join(',')

/** What a server and a backend can do, changes behind the mount included. */
export function possibleKinds(server: ServerName, backend: BackendName): StepKinds {
  const ours = server === 'ours'
  // libfuse makes no hard links here, and loses an open directory that is removed.
  const isKernel = backend === 'kernel'
  const without = isKernel ? [] : ['link']
  const removesOpenDirectories = isKernel
  return { behind: true, links: ours, fineTimes: ours, removesOpenDirectories, without }
}

export async function checkModel(check: ModelCheck): Promise<ModelResult> {
  const { place, kinds, seed, runs, limitMs } = check
  await using pair = await MountedPair.start(place)
  const sequences = fc.array(arbitraryStep(kinds), {
    maxLength: stepsPerRun,
    size: 'max',
  })
  let steps = 0
  const property = fc.asyncProperty(sequences, async (sequence) => {
    steps += sequence.length
    await runSteps(pair, sequence)
  })
  await fc.assert(property, { seed, numRuns: runs, interruptAfterTimeLimit: limitMs })
  return { steps, log: await pair.end() }
}
