/** What POSIX and the Linux manual pages say of calls, as sequences that tmpfs answers first. */

import { isRoot } from '../support/mount/requirements.ts'
import type { BackendName, ServerName } from '../support/mount/scenario.ts'
import type { Operation } from '../support/posix/driver.ts'

export interface ConformanceCase {
  readonly name: string
  /** All are done, also after one that fails: errors are results. */
  readonly steps: readonly Operation[]
  /** Where the far side or the binding cannot do it, and why. */
  readonly impossible?: Partial<Record<BackendName | ServerName, string>>
}

type Impossible = NonNullable<ConformanceCase['impossible']>

export function conforms(name: string, ...steps: readonly Operation[]): ConformanceCase {
  return { name, steps }
}

/** Cases that need more than files and directories. */
export function impossibleFor(
  impossible: Impossible,
  cases: readonly ConformanceCase[],
): readonly ConformanceCase[] {
  return cases.map((each) => ({ ...each, impossible: { ...impossible, ...each.impossible } }))
}

export const lacks = {
  noLinks: { external: 'UFTPD makes no links and shows what they lead to' },
  noCommonInode: { native: 'libfuse knows paths: names of one file are files of their own to it' },
  noNodes: { external: 'UFTPD makes files and directories only' },
  noOwners: { external: 'UFTPD neither tells nor changes owners' },
  wholeSeconds: { external: 'UFTPD stores and tells times in whole seconds' },
  oneLineNames: { external: 'names of more than one line cannot be said to UFTPD' },
  noBitsForWriters: {
    external: 'UFTPD opens a file for each write, as an ordinary user: the mode must allow it',
  },
  noChangeTimes: { external: 'UFTPD tells modification times only' },
} satisfies Record<string, Impossible>

/** Whether a case takes several local users, and why the binding does not let them in. */
export function usersImpossible(
  steps: readonly Operation[],
  backend: BackendName,
): string | undefined {
  if (backend !== 'native' || !steps.some(([verb]) => verb === 'become')) return undefined
  return 'fuse-native refuses allow_other, also of root, unless /etc/fuse.conf says user_allow_other'
}

/** How a mount lets all users of a case in. */
export function mountOptions(backend: BackendName): readonly string[] {
  return isRoot && backend === 'kernel' ? ['-o', 'allow_other'] : []
}
