/** Programs that do the work in a mounted directory, each with a time limit. */

import { join } from 'node:path'
import { deferred } from '../../src/support/deferred.ts'
import { projectRoot } from '../../test/support/project.ts'
import { TestProcess } from '../../test/support/mount/process.ts'
import { TimeLimitExceeded, WrongResult } from './outcome.ts'

/** What programs exit with when they read something else than was written. */
const wrongExit = 3

export interface ProgramSettings {
  readonly directory: string
  readonly limitSeconds: number
  readonly env?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/**
 * Resolves with what it printed. The directory is entered by the child, never by this process, which
 * a dead mount would hold up.
 */
export async function runProgram(
  command: readonly string[],
  settings: ProgramSettings,
): Promise<string> {
  const { directory, limitSeconds, signal, env } = settings
  signal?.throwIfAborted()
  const child = TestProcess.start(['sh', '-c', 'cd -- "$0" && exec "$@"', directory, ...command], {
    env: { ...process.env, LC_ALL: 'C.UTF-8', PYTHONDONTWRITEBYTECODE: '1', ...env },
  })
  const code = await exitCode(child, limitSeconds, signal)
  if (code === 0) return child.stdout().toString()
  const complaint = child.stderr().toString().trim().split('\n').at(-1) ?? ''
  if (code === wrongExit) throw new WrongResult(complaint)
  throw new Error(`${command[0]} ended with ${code}: ${complaint}`)
}

/** Runs `bench/programs/NAME.py`; resolves with the JSON that it printed. */
export async function runPython<T>(
  name: string,
  args: readonly (string | number)[],
  settings: ProgramSettings,
): Promise<T> {
  const script = join(projectRoot, 'bench/programs', `${name}.py`)
  return JSON.parse(await runProgram(['python3', script, ...args.map(String)], settings)) as T
}

/** Seconds that a bash script takes in the directory, until it sets `end` or ends. */
export async function timeScript(script: string, settings: ProgramSettings): Promise<number> {
  const timed =
    'set -euo pipefail; start=$EPOCHREALTIME\n' +
    `${script}\n` +
    'echo "SECONDS $start ${end:-$EPOCHREALTIME}"'
  const output = await runProgram(['bash', '-c', timed], settings)
  const [, start, end] = /^SECONDS (\S+) (\S+)$/m.exec(output) ?? []
  return Number(end) - Number(start)
}

/**
 * At the limit and when the run ends, all that the program started is killed. What waits for a dead
 * mount cannot be killed and ends with the mount: it is not waited for.
 */
async function exitCode(
  child: TestProcess,
  limitSeconds: number,
  signal: AbortSignal = new AbortController().signal,
): Promise<number | null> {
  const limit = new AbortController()
  const limitTimer = setTimeout(() => limit.abort(), limitSeconds * 1000)
  const stop = AbortSignal.any([limit.signal, signal])
  const stuck = deferred<{ readonly code: null }>()
  let stuckTimer: NodeJS.Timeout | undefined
  const kill = (): void => {
    killGroup(child)
    stuckTimer = setTimeout(() => stuck.resolve({ code: null }), stuckMs)
  }
  stop.addEventListener('abort', kill, { once: true })
  try {
    const { code } = await Promise.race([child.ended, stuck.promise])
    signal.throwIfAborted()
    if (limit.signal.aborted) throw new TimeLimitExceeded(limitSeconds)
    return code
  } finally {
    stop.removeEventListener('abort', kill)
    clearTimeout(limitTimer)
    clearTimeout(stuckTimer)
    killGroup(child)
  }
}

const stuckMs = 3_000

/** The child leads a process group of its own. */
function killGroup({ pid }: TestProcess): void {
  if (pid <= 0) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Nobody of the group is left.
  }
}
