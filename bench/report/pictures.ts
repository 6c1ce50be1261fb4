/** The plots of a run: growth, and how distance changes things. */

import type { GrowthPoint, GrowthResult } from '../growth/growth.ts'
import { formatNumber } from './cell.ts'
import { plot } from './plot.ts'
import type { Results } from './results.ts'

export interface Picture {
  readonly file: string
  readonly title: string
  readonly svg: string
}

export function drawGrowth({ growth, points }: GrowthResult): Picture[] {
  if ([...points.values()].every(({ length }) => length === 0)) return []
  const picture = (
    what: 'time' | 'memory',
    yTitle: string,
    value: (point: GrowthPoint) => number,
  ): Picture => {
    const title = `${growth.title}: ${what}`
    const series = [...points].map(([name, list]) => ({
      name,
      points: list.map((point) => [point.size, value(point)] as const),
    }))
    const largest = Math.max(...[...points.values()].flat().map(({ size }) => size))
    const svg = plot({
      title,
      xTitle: growth.axis,
      yTitle,
      series,
      formatX: growth.formatSize,
      formatY: formatNumber,
      xTicks: growth.sizes.filter((size) => size <= largest),
    })
    return { file: `${growth.name}-${what}.svg`, title, svg }
  }
  return [
    picture('time', 'seconds', ({ seconds }) => seconds),
    picture('memory', 'peak memory of the daemon, MB', ({ peakBytes }) => peakBytes / 1e6),
  ]
}

/** Loopback has no place on a logarithmic axis: it is drawn as a tenth of a millisecond. */
const loopbackMs = 0.1

/** One for each of these workloads that was measured at several distances. */
const overDistance = [
  { workload: 'read-1m', title: 'Sequential read', yTitle: 'MB/s' },
  { workload: 'write', title: 'Sequential write', yTitle: 'MB/s' },
  { workload: 'random-4k', title: 'Random reads of 4 KiB', yTitle: 'reads a second' },
  { workload: 'ls-5000', title: 'ls -l of 5,000 files, cold', yTitle: 'seconds' },
  { workload: 'untar', title: 'Unpacking small files', yTitle: 'ms a file' },
]

export function drawDistances(results: Results, sides: readonly string[]): Picture[] {
  const networks = results.networks.filter(({ gigabits }) => gigabits === 1)
  if (networks.length < 2) return []
  return overDistance.flatMap(({ workload, title, yTitle }) => {
    const series = sides.map((name) => ({
      name,
      points: networks.flatMap((network) => {
        const figure = results.figure(workload, network, name)
        return figure ? [[network.rttMs || loopbackMs, figure.value] as const] : []
      }),
    }))
    if (series.every(({ points }) => points.length === 0)) return []
    const svg = plot({
      title,
      xTitle: 'round-trip time, ms',
      yTitle,
      series,
      formatX: (ms) => (ms === loopbackMs ? 'loopback' : String(ms)),
      formatY: formatNumber,
      xTicks: networks.map(({ rttMs }) => rttMs || loopbackMs),
    })
    return [{ file: `distance-${workload}.svg`, title: `${title} by distance`, svg }]
  })
}
