/** Runs `uftp-mount` as a person at a terminal does: to its end. */

import { programCommand } from '../project.ts'
import { TestProcess } from './process.ts'

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
}

export async function runMountCommand(
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  await using child = TestProcess.start([...programCommand('uftp-mount'), ...args], {
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
