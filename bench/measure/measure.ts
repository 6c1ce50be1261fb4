/** One measurement: caches are emptied, a fresh mount is made, used and taken away. */

import { writeFileSync } from 'node:fs'
import type { MountSide, Side, TransferSide } from '../sides/side.ts'
import { bytesBetween } from '../wan/wan.ts'
import type { Network } from '../wan/wan.ts'
import type { Job, Measured, Served, Workload } from '../workloads/workload.ts'
import { outcomeOf } from './outcome.ts'
import type { Figure, Outcome } from './outcome.ts'

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
  try {
    emptyCaches()
    if (side.kind === 'mount') return await measureMount(workload, side, conditions)
    if (side.kind === 'transfer') {
      return workload.transfer && (await measureTransfer(workload.transfer, side, conditions))
    }
    if (!workload.alsoLocal || conditions.network.rttMs > 0) return undefined
    return figure(await workload.measure(noNetwork, jobIn(side.directory, conditions)))
  } catch (error) {
    conditions.signal.throwIfAborted()
    return outcomeOf(error)
  }
}

async function measureMount(
  workload: Workload,
  side: MountSide,
  conditions: Conditions,
): Promise<Figure> {
  await using mount = await side.mount(conditions.network)
  const before = mount.resources()
  const trafficBefore = await mount.traffic()
  const measured = await workload.measure(mount, jobIn(mount.directory, conditions))
  const traffic = await mount.traffic()
  const after = mount.resources()
  return figure(measured, {
    cpuSeconds: before && after && after.cpuSeconds - before.cpuSeconds,
    peakBytes: after?.peakBytes,
    wireBytes: measured.wireBytes ?? bytesBetween(trafficBefore, traffic),
  })
}

async function measureTransfer(
  work: NonNullable<Workload['transfer']>,
  side: TransferSide,
  conditions: Conditions,
): Promise<Figure> {
  await using transfer = await side.open(conditions.network)
  return figure(await work(transfer, jobIn(conditions.served.scratch, conditions)))
}

const noNetwork = { traffic: () => Promise.resolve(undefined) }

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
