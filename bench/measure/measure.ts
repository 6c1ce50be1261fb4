/** One measurement: caches are emptied, a fresh mount is made, used and taken away. */

import { writeFileSync } from 'node:fs'
import type { Side } from '../sides/side.ts'
import type { Job, Measured, Served, Workload } from '../workloads/workload.ts'
import type { Network } from '../wan/wan.ts'
import { outcomeOf } from './outcome.ts'
import type { Figure, Outcome } from './outcome.ts'
import { readResources } from './resources.ts'

export interface Conditions {
  readonly served: Served
  readonly network: Network
  readonly quick: boolean
  /** For one run of a program. */
  readonly limitSeconds: number
  readonly signal: AbortSignal
}

/** Undefined when the side cannot do such work at all. */
export async function measure(
  workload: Workload,
  side: Side,
  conditions: Conditions,
): Promise<Outcome | undefined> {
  if (side.kind === 'transfer' && !workload.transfer) return undefined
  try {
    emptyCaches()
    return await (side.kind === 'mount'
      ? measureMount(workload, side, conditions)
      : measureTransfer(workload, side, conditions))
  } catch (error) {
    conditions.signal.throwIfAborted()
    return outcomeOf(error)
  }
}

async function measureMount(
  workload: Workload,
  side: Side & { kind: 'mount' },
  conditions: Conditions,
): Promise<Figure> {
  await using mount = await side.mount(conditions.network)
  const before = mount.pid === undefined ? undefined : readResources(mount.pid)
  const trafficBefore = await mount.traffic()
  const measured = await workload.measure(mount, jobIn(mount.directory, conditions))
  const traffic = await mount.traffic()
  const after = mount.pid === undefined ? undefined : readResources(mount.pid)
  return figure(measured, {
    cpuSeconds: before && after && after.cpuSeconds - before.cpuSeconds,
    peakBytes: after?.peakBytes,
    wireBytes:
      traffic && trafficBefore && traffic.up + traffic.down - trafficBefore.up - trafficBefore.down,
  })
}

async function measureTransfer(
  workload: Workload,
  side: Side & { kind: 'transfer' },
  conditions: Conditions,
): Promise<Figure> {
  await using transfer = await side.open(conditions.network)
  return figure(await workload.transfer!(transfer, jobIn(conditions.served.scratch, conditions)))
}

function jobIn(directory: string, conditions: Conditions): Job {
  const { served, network, quick, limitSeconds, signal } = conditions
  const env = {
    BENCH_PATTERN: served.content.patternFile,
    // The served files belong to the account of the servers.
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'safe.directory',
    GIT_CONFIG_VALUE_0: '*',
  }
  return { served, network, quick, program: { directory, limitSeconds, signal, env } }
}

function figure(
  { value, isLate = false, asked }: Measured,
  costs: Partial<Pick<Figure, 'cpuSeconds' | 'peakBytes' | 'wireBytes'>> = {},
): Figure {
  const { cpuSeconds, peakBytes, wireBytes } = costs
  return { kind: 'figure', value, isLate, askedBytes: asked, cpuSeconds, peakBytes, wireBytes }
}

function emptyCaches(): void {
  if (process.getuid?.() === 0) writeFileSync('/proc/sys/vm/drop_caches', '3')
}
