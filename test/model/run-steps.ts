/** One sequence of steps on a mount and in an ordinary directory; what differs fails. */

import { differences } from '../support/posix/driver.ts'
import type { Operation, Result } from '../support/posix/driver.ts'
import type { MountedPair } from '../support/posix/mounted-pair.ts'
import type { Step } from './steps.ts'

/** Directories that most names of the steps lie in. */
const beginning: readonly Operation[] = [
  ['mkdir', 'd'],
  ['mkdir', 'd/e'],
  ['create', 'd/a', [1, 1000]],
]

/** Throws with the steps up to the first that differs. */
export async function runSteps(pair: MountedPair, steps: readonly Step[]): Promise<void> {
  await pair.begin()
  const run: string[] = []
  const agree = async (operations: readonly Operation[]): Promise<void> => {
    const { differences: found } = await pair.compare(operations)
    if (found.length > 0) throw new Error([...run, ...found].join('\n'))
    run.push(...operations.map((operation) => JSON.stringify(operation)))
  }
  await agree(beginning)
  let own: Operation[] = []
  for (const { behind, operation } of steps) {
    if (!behind) {
      own.push(operation)
      continue
    }
    await agree(own)
    own = []
    if (await isOpen(pair, operation)) continue
    const there = await pair.behind.perform([operation])
    // Hidden files of the mount are in the way there.
    if (there.some((result) => JSON.stringify(result) === '{"error":"ENOTEMPTY"}')) continue
    const wanted = await pair.local.perform([operation])
    const found = differences([operation], wanted, there)
    if (found.length > 0) throw new Error(`behind the mount: ${found.join('\n')}`)
    run.push(`behind the mount: ${JSON.stringify(operation)}`)
  }
  await agree([...own, ...ending])
  await agreeBehind(pair, run)
  await agree([['empty'], ['listdir', '.']])
}

/** What is there in the end, while files are open and when they are not. */
const ending: readonly Operation[] = [
  ['tree'],
  ...[0, 1, 2, 3].map((slot): Operation => ['close', slot]),
  ['tree'],
]

/** What one moves or changes behind the mount while it is open there is not the mount's to order. */
async function isOpen(pair: MountedPair, operation: Operation): Promise<boolean> {
  const paths = operation.slice(1).filter((word) => typeof word === 'string')
  const answers = await pair.local.perform(paths.map((path): Operation => ['is_open', path]))
  return answers.includes(true)
}

/** The far side holds what the mount has shown, once everything is closed. */
async function agreeBehind(pair: MountedPair, run: readonly string[]): Promise<void> {
  const tree: readonly Operation[] = [['tree']]
  const expected = await pair.local.perform(tree)
  const actual = await pair.behind.perform(tree)
  const found = differences(tree, expected, actual.map(withoutHidden))
  if (found.length > 0) throw new Error(`${run.join('\n')}\non the far side: ${found.join('\n')}`)
}

/** The kernel tells of a removed file's last close only after the program has gone on. */
function withoutHidden(tree: Result): Result {
  const entries = Object.entries(tree as Record<string, unknown>)
  return Object.fromEntries(entries.filter(([name]) => !name.includes('.uftp-hidden-')))
}
