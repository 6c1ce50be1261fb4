/**
 * Passwords typed on the command line (`-u USER:PASSWORD`, `uftp://user:password@…`) are a habit of
 * the UFTP clients. They are taken out of what `ps` and /proc/PID/cmdline show as soon as we run, and
 * never handed to a child. In the moment before that, and in the shell's history, they are visible:
 * the README recommends the other ways.
 */

import { withoutUrlPassword } from './target.ts'

/** The same arguments without passwords: `-u user:secret` becomes `-u user`. */
export function withoutPasswords(arguments_: readonly string[]): string[] {
  let valueIsUser = false
  return arguments_.map((argument) => {
    if (valueIsUser) {
      valueIsUser = false
      return userOnly(argument)
    }
    // Short flags may be bundled (-fu USER), and the value may follow at once (-uUSER).
    valueIsUser = argument === '--user' || /^-[PfdvrVh]*u$/.test(argument)
    const attached = /^(--user=|-[PfdvrVh]*u)(.+)$/s.exec(argument)
    return attached ? attached[1] + userOnly(attached[2]!) : withoutUrlPassword(argument)
  })
}

/** Overwrites the process's visible command line. */
export function hideArguments(arguments_: readonly string[]): void {
  process.title = ['uftp-mount', ...withoutPasswords(arguments_)].join(' ')
}

function userOnly(value: string): string {
  const colon = value.indexOf(':')
  return colon < 0 ? value : value.slice(0, colon)
}
