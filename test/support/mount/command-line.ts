/** Runs `uftp-mount` as a person at a terminal does: to its end. */

import { programCommand } from '../project.ts'
import { TestProcess } from './process.ts'
import { runProgramAs, type UserIds } from './shell.ts'

export interface CommandResult {
  readonly code: number | null
  readonly stdout: string
  /** Without the final line end. */
  readonly stderr: string
}

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
  readonly timeoutMs?: number
  /** Run as this user (only root can). */
  readonly user?: UserIds | undefined
  /** What starts it: words before the command. */
  readonly through?: readonly string[]
}

export async function runMountCommand(
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const { user, through = [] } = options
  const asUser = user ? runProgramAs(user) : []
  const command = [...through, ...asUser, ...programCommand('uftp-mount'), ...args]
  await using child = TestProcess.start(command, {
    env: { ...withoutSecrets(process.env), ...options.env },
    ...(options.input !== undefined && { input: options.input }),
  })
  const { code } = await child.wait(options.timeoutMs ?? 30_000)
  return {
    code,
    stdout: child.stdout().toString(),
    stderr: child.stderr().toString().replace(/\n$/, ''),
  }
}

function withoutSecrets(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !name.startsWith('UFTP_'))
  return Object.fromEntries(kept)
}
