/** What an ordinary user needs of fusermount3(1), the set-uid program that mounts for everybody. */

import { accessSync, constants, readFileSync, statSync } from 'node:fs'
import { ErrnoError } from '../support/errno-error.ts'
import { requireFuseDevice } from './fuse-device.ts'
import type { Helpers } from './helpers.ts'

/** Its path. EOPNOTSUPP: none is installed. */
export function findFusermount(helpers: Helpers): string {
  // fusermount is libfuse 2's; both speak the same protocol.
  const program = helpers.find('fusermount3', 'fusermount')
  if (program !== undefined) return program
  throw new ErrnoError('EOPNOTSUPP', 'mounting as a user needs fusermount3 (package fuse3)')
}

/** Why it has not the rights to mount; undefined: it has, or we cannot know. */
export function powerlessness(program: string): ErrnoError | undefined {
  const { mode, uid } = statSync(program)
  if ((mode & setUid) === 0 || uid !== 0) {
    return new ErrnoError('EPERM', `${program} is not set-uid root (chown root, chmod u+s)`)
  }
  if (/^NoNewPrivs:\s*1$/m.test(readFileSync('/proc/self/status', 'latin1'))) {
    const text = `${program} gets no rights from a process that runs with no_new_privs`
    return new ErrnoError('EPERM', text)
  }
  return undefined
}

/** S_ISUID, which Node's constants lack. */
const setUid = 0o4000

export function allowOtherRefused(cause?: unknown): ErrnoError {
  const text = 'allow_other needs the line "user_allow_other" in /etc/fuse.conf'
  return new ErrnoError('EPERM', text, { cause })
}

/** For those who cannot hear its message: what it would refuse. Errors as of mounting. */
export function requireMayMount(program: string, mountpoint: string): void {
  requireFuseDevice()
  const refusal = powerlessness(program)
  if (refusal) throw refusal
  try {
    accessSync(mountpoint, constants.W_OK)
  } catch (cause) {
    const text = `mountpoint ${mountpoint}: a user needs write access to it`
    throw new ErrnoError('EACCES', text, { cause })
  }
}

/** A line of its own, as fusermount3 reads it. */
export function isAllowOtherPermitted(): boolean {
  try {
    return /^\s*user_allow_other\s*(#.*)?$/m.test(readFileSync('/etc/fuse.conf', 'utf8'))
  } catch {
    return false
  }
}
