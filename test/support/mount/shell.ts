/** Runs shell scripts the same way everywhere: fixed locale and identity, no user's configuration. */

import { TestProcess } from './process.ts'

export interface ShellOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
  /** Run as this user (only root can). */
  readonly user?: UserIds
}

export interface UserIds {
  readonly uid: number
  readonly gid: number
}

export interface ShellResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const defaultTimeoutMs = 60_000

const identity = {
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@example.org',
  GIT_AUTHOR_DATE: '2026-01-02T03:04:05Z',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@example.org',
  GIT_COMMITTER_DATE: '2026-01-02T03:04:05Z',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
}

/**
 * Runs a bash script in a directory; the first failing command ends it. The directory is entered by
 * the child, never by the test process, which a dead mount would hold up.
 */
export async function runShell(
  directory: string,
  script: string,
  options: ShellOptions = {},
): Promise<ShellResult> {
  const { user } = options
  const asUser = user ? [...becomeUser(user), '--'] : []
  await using child = TestProcess.start(
    [...asUser, 'bash', '-c', `${strict}; cd -- "$0"\n${script}`, directory],
    {
      orphanSignal: 'KILL',
      env: {
        PATH: process.env['PATH'],
        HOME: '/nonexistent',
        LC_ALL: 'C.UTF-8',
        TZ: 'UTC',
        PYTHONDONTWRITEBYTECODE: '1',
        ...identity,
        ...options.env,
      },
    },
  )
  const { code } = await child.wait(options.timeoutMs ?? defaultTimeoutMs)
  return { code, stdout: child.stdout().toString(), stderr: child.stderr().toString() }
}

const strict = 'set -euo pipefail'

/** The beginning of a command line that runs as that user; `--` or further options follow. */
export function becomeUser({ uid, gid }: UserIds): string[] {
  return ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups']
}

/** The same for programs of the project, whose files must be readable wherever they lie. */
export function runProgramAs(user: UserIds): string[] {
  const powers = ['--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search']
  return [...becomeUser(user), ...powers, '--']
}

/** The beginning of a command line that runs as root without all its powers. */
export function withoutPowers(capabilities: readonly string[]): string[] {
  const drop = capabilities.map((name) => `-${name}`).join(',')
  return ['setpriv', `--bounding-set=${drop}`, `--inh-caps=${drop}`, '--']
}
