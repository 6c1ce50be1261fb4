/** What a scenario works with: two directories, the far side, and comparisons that fail the test. */

import { lstatSync } from 'node:fs'
import { expect } from 'vitest'
import type { CompareOptions, ScenarioContext } from './scenario.ts'
import { runShell } from './shell.ts'
import type { ShellOptions, ShellResult, UserIds } from './shell.ts'
import { readTree, treeDifferences } from './tree.ts'
import type { Tree, TreeOptions } from './tree.ts'
import { until } from './until.ts'

export interface Directories {
  readonly mounted: string
  readonly local: string
  readonly served: string
  /** For material that both sides read. */
  readonly input: string
  readonly timeGranularityNs: bigint
  /** Who works in `mounted`, `local` and `input`; undefined: who runs the tests. */
  readonly user?: UserIds | undefined
}

const settleMs = 5_000

/** Clocks of files lag behind the process's by up to a timer tick. */
const clockLagNs = 20_000_000n

export function createScenarioContext(directories: Directories): ScenarioContext {
  const { mounted, local, served, input, timeGranularityNs, user } = directories
  const asUser = user && { user }
  const sinceNs = BigInt(Date.now()) * 1_000_000n - clockLagNs

  const run = async (directory: string, script: string, options: ShellOptions = {}) =>
    relative(
      await runShell(directory, script, { ...options, env: { ...options.env, INPUT: input } }),
      directory,
    )

  const runAsUser: typeof run = (directory, script, options) =>
    run(directory, script, { ...asUser, ...options })

  const compareTrees = async ({ tree, ignore = [] }: CompareOptions): Promise<void> => {
    const options = { contents: tree !== 'attributes', ignore }
    const localTree = await readTree(local, options)
    const mountedTree = await readTree(mounted, { ...options, ...asUser })
    const servedTree = await settledTree(served, options)
    const exactly = { granularityNs: timeGranularityNs }
    expect({
      mountAgainstLocal: treeDifferences(localTree, mountedTree, { ...exactly, sinceNs }),
      mountAgainstFarSide: treeDifferences(servedTree, mountedTree, exactly),
    }).toEqual({ mountAgainstLocal: [], mountAgainstFarSide: [] })
  }

  return {
    mounted,
    local,
    served,
    timeGranularityNs,
    inMount: (script, options) => runAsUser(mounted, script, options),
    inLocal: (script, options) => runAsUser(local, script, options),
    prepare: async (script, options) => {
      expect(await runAsUser(input, script, options)).toMatchObject({ code: 0 })
    },
    onFarSide: async (script, options) => {
      const result = await run(served, script, { ...ownerOf(served), ...options })
      expect(result).toMatchObject({ code: 0 })
      return result
    },
    both: async (script, options = {}) => {
      const expected = await runAsUser(local, script, options)
      expect(expected, 'in an ordinary directory').toMatchObject({ code: options.code ?? 0 })
      const result = await runAsUser(mounted, script, options)
      expect(result, 'on the mount').toEqual(expected)
      if (options.tree === 'none') return result
      await compareTrees(options)
      return result
    },
  }
}

/**
 * The far side once nothing is left of removed files that were open: the kernel tells of their last
 * close only after the program has gone on.
 */
async function settledTree(directory: string, options: TreeOptions): Promise<Tree> {
  const settled = async (): Promise<Tree | undefined> => {
    const tree = await readTree(directory, options)
    return [...tree.keys()].some((path) => path.includes('/.uftp-hidden-')) ? undefined : tree
  }
  return until('removed open files are gone from the far side', settled, settleMs)
}

/** As the owner of the far side's directory: root's files there would be no ordinary case. */
function ownerOf(directory: string): ShellOptions {
  const { uid, gid } = lstatSync(directory)
  return process.getuid?.() === 0 && uid !== 0 ? { user: { uid, gid } } : {}
}

function relative(result: ShellResult, directory: string): ShellResult {
  return {
    ...result,
    stdout: result.stdout.replaceAll(directory, '.'),
    stderr: result.stderr.replaceAll(directory, '.'),
  }
}
