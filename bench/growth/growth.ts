/** How time and memory grow with the size of a task. */

import { measure } from '../measure/measure.ts'
import type { Conditions } from '../measure/measure.ts'
import type { ServedOf } from '../served.ts'
import type { Side } from '../sides/side.ts'
import type { Workload } from '../workloads/workload.ts'

export interface Growth {
  /** For the command line and the names of files. */
  readonly name: string
  readonly title: string
  readonly axis: string
  readonly sizes: readonly number[]
  readonly formatSize: (size: number) => string
  /** Its value is a time in seconds. */
  readonly workload: (size: number) => Workload
}

export interface GrowthPoint {
  readonly size: number
  readonly seconds: number
  readonly peakBytes: number
}

export interface GrowthResult {
  readonly growth: Growth
  readonly points: ReadonlyMap<string, readonly GrowthPoint[]>
  /** Why a side's line ends before the others'. */
  readonly remarks: readonly string[]
}

/** A side that would probably take longer than this is not asked to. */
const mostSeconds = 40

export async function measureGrowth(
  growth: Growth,
  sides: readonly Side[],
  servedOf: ServedOf,
  conditions: Omit<Conditions, 'served'>,
): Promise<GrowthResult> {
  const points = new Map<string, GrowthPoint[]>(sides.map(({ name }) => [name, []]))
  const remarks: string[] = []
  const ended = new Set<string>()
  for (const size of growth.sizes) {
    const running = sides.filter(({ name }) => !ended.has(name))
    const willing = running.filter(({ name }) => !isTooLong(points.get(name)!, size))
    if (willing.length === 0) break
    const workload = growth.workload(size)
    const directories = new Set(willing.map(servedOf))
    for (const served of directories) await workload.prepare?.(served, conditions)
    for (const side of willing) {
      const outcome = await measure(workload, side, { ...conditions, served: servedOf(side) })
      if (outcome?.kind === 'figure' && outcome.peakBytes !== undefined) {
        const point = { size, seconds: outcome.value, peakBytes: outcome.peakBytes }
        points.get(side.name)!.push(point)
      } else {
        ended.add(side.name)
        const what = outcome && 'reason' in outcome ? outcome.reason : 'it took too long'
        remarks.push(`${side.name} at ${growth.formatSize(size)}: ${what}`)
      }
    }
    for (const served of directories) workload.remove?.(served)
  }
  return { growth, points, remarks }
}

function isTooLong(points: readonly GrowthPoint[], size: number): boolean {
  const last = points.at(-1)
  return last !== undefined && (last.seconds * size) / last.size > mostSeconds
}
