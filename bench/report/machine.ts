/** What figures depend on: the machine and the programs. */

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'

/** `load` is what the machine had to do besides when the run began. */
export function describeMachine(load: number): string[] {
  const { PRETTY_NAME: system = 'Linux' } = osRelease()
  return [
    `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, ` +
      `${Math.round(totalmem() / 2 ** 30)} GiB`,
    `${system}, Linux ${release()}, Node ${process.version}`,
    [
      versionOf('sshfs', ['--version'], /SSHFS version (\S+)/),
      versionOf('ssh', ['-V'], /(OpenSSH_\S+?),? /),
      versionOf('rclone', ['version'], /(rclone \S+)/),
      versionOf('curl', ['--version'], /(curl \S+)/),
      versionOf('git', ['--version'], /git version (\S+)/),
    ]
      .filter((version) => version !== undefined)
      .join(', '),
    `Load average when it began: ${load.toFixed(1)}` +
      (load < quietLoad ? '' : ' (**other work on the machine blurs all figures**)'),
  ]
}

/** What the run itself was preceded by: a build. */
const quietLoad = 1.5

function versionOf(program: string, args: readonly string[], pattern: RegExp): string | undefined {
  try {
    const output = execFileSync('sh', ['-c', `${[program, ...args].join(' ')} 2>&1`])
    const found = pattern.exec(output.toString())?.[1]
    return found && (found.includes(program) || found.includes('_') ? found : `${program} ${found}`)
  } catch {
    return undefined
  }
}

function osRelease(): Record<string, string | undefined> {
  const lines = readFileSync('/etc/os-release', 'utf8').split('\n')
  return Object.fromEntries(
    lines.map((line) => {
      const [name = '', value = ''] = line.split('=')
      return [name, value.replaceAll('"', '')]
    }),
  )
}
