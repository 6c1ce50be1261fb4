/** Programs that do the work in a mounted directory, each with a time limit. */

import { join } from 'node:path'
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
  await using child = TestProcess.start(
    ['sh', '-c', 'cd -- "$0" && exec "$@"', directory, ...command],
    { env: { ...process.env, LC_ALL: 'C.UTF-8', PYTHONDONTWRITEBYTECODE: '1', ...env } },
  )
  const abort = (): void => child.signal('SIGKILL')
  signal?.addEventListener('abort', abort)
  const code = await exitCode(child, limitSeconds)
  signal?.removeEventListener('abort', abort)
  signal?.throwIfAborted()
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

async function exitCode(child: TestProcess, limitSeconds: number): Promise<number | null> {
  const expired = Symbol('expired')
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<typeof expired>((resolve) => {
    timer = setTimeout(() => resolve(expired), limitSeconds * 1000)
  })
  const first = await Promise.race([child.ended, limit])
  clearTimeout(timer)
  if (first === expired) throw new TimeLimitExceeded(limitSeconds)
  return first.code
}
