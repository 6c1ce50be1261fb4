/** What POSIX and the Linux manual pages say of calls, as sequences that tmpfs answers first. */

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

export const stockHas = {
  noLinks: { external: 'UFTPD makes no links and shows what they lead to' },
  noNodes: { external: 'UFTPD makes files and directories only' },
  noOwners: { external: 'UFTPD neither tells nor changes owners' },
  wholeSeconds: { external: 'UFTPD stores and tells times in whole seconds' },
  noChangeTimes: { external: 'UFTPD tells modification times only' },
} as const
