/**
 * A scenario is a piece of everyday work that must come out the same on a mount and in an ordinary
 * directory. There is one list of them (test/mount/scenarios), run against every FUSE backend and
 * every server.
 */

import type { ShellOptions, ShellResult } from './shell.ts'

export type BackendName = 'kernel' | 'native'
export type ServerName = 'ours' | 'external'

/** What a scenario may need from the machine; programs are in requirements.ts. */
export type Program = 'gcc' | 'git' | 'make' | 'python3' | 'rsync' | 'sqlite3'

export interface Scenario {
  readonly name: string
  readonly run: (context: ScenarioContext) => Promise<void>
  readonly programs?: readonly Program[]
  /** Needs root on this machine, for a reason. */
  readonly needsRoot?: string
  /** Lines of the mount's log that are right here, though they are errors or warnings. */
  readonly expectedLog?: RegExp
  /** Where the far side cannot do this at all, and why. */
  readonly impossible?: Partial<Record<BackendName | ServerName, string>>
}

export interface CompareOptions extends ShellOptions {
  /** Exit code that an ordinary directory must give; default 0. */
  readonly code?: number
  /** How the trees are compared afterwards; default everything with contents. */
  readonly tree?: 'contents' | 'attributes' | 'none'
  /** Paths that rightly differ, as patterns of find's -path. */
  readonly ignore?: readonly string[]
}

export interface ScenarioContext {
  /** An empty directory on the mount. */
  readonly mounted: string
  /** An empty ordinary directory. */
  readonly local: string
  /** The directory behind the server that `mounted` shows. */
  readonly served: string
  /**
   * Runs the script in both directories: exit code, stdout and stderr must be the same, and the trees
   * afterwards: types, modes, sizes, times, contents, also on the far side. `$INPUT` names a directory
   * for material that both runs read. Resolves with the mount's result.
   */
  readonly both: (script: string, options?: CompareOptions) => Promise<ShellResult>
  /** Makes material in `$INPUT`. */
  readonly prepare: (script: string, options?: ShellOptions) => Promise<void>
  /** Runs a script in one of the directories only; any exit code. */
  readonly inMount: (script: string, options?: ShellOptions) => Promise<ShellResult>
  readonly inLocal: (script: string, options?: ShellOptions) => Promise<ShellResult>
  /** As the owner of the served directory, behind the mount's back. Must succeed. */
  readonly onFarSide: (script: string, options?: ShellOptions) => Promise<ShellResult>
  /** How fine the far side stores times. */
  readonly timeGranularityNs: bigint
}

/** A scenario that is one script, run on both sides. */
export function sameOnBoth(
  name: string,
  script: string,
  options: CompareOptions & Omit<Partial<Scenario>, 'name' | 'run'> = {},
): Scenario {
  const { programs, needsRoot, impossible, ...compare } = options
  return {
    name,
    run: async ({ both }) => {
      await both(script, compare)
    },
    ...(programs && { programs }),
    ...(needsRoot && { needsRoot }),
    ...(impossible && { impossible }),
  }
}
