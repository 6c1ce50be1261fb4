/** What was aimed at, and whether a run reached it. Never asserted by a test. */

import type { Network } from '../wan/wan.ts'
import { formatNumber, formatValue } from './cell.ts'
import type { Results } from './results.ts'

export interface Verdict {
  readonly side: string
  readonly where: string
  readonly target: string
  readonly measured: string
  readonly isMet: boolean
}

/** The figures of one side at one distance. */
interface View {
  readonly results: Results
  readonly network: Network
  readonly side: string
}

interface Target {
  readonly text: string
  /** Higher than or equal to `atLeast`, or lower than or equal to `atMost`. */
  readonly atLeast?: number
  readonly atMost?: number
  readonly unit?: string
  /** Undefined: it was not measured. */
  readonly value: (view: View) => number | undefined
}

const cacheBytes = 256 * 2 ** 20

/** `cache_size` and what the daemon may have besides. */
const mostBytes = cacheBytes + 100e6

/** There is no figure of ours to compare, as it failed. */
class NoFigure extends Error {}

/** Undefined if it was not measured, or of another side and failed. */
function figureOf({ results, network, side }: View, workload: string, of = side) {
  const outcome = results.outcome(workload, network, of)
  if (!outcome || outcome.kind === 'figure') return outcome
  if (of === side) throw new NoFigure(formatValue(outcome))
  return undefined
}

const value = (view: View, workload: string, side = view.side): number | undefined =>
  figureOf(view, workload, side)?.value

function ratio(above: number | undefined, below: number | undefined): number | undefined {
  return above === undefined || below === undefined ? undefined : above / below
}

/** Our speed over the best peer's. */
const overPeers = (workload: string) => (view: View) => {
  const found = view.results.peers.map((peer) => value(view, workload, peer))
  const peers = found.filter((speed) => speed !== undefined)
  return peers.length > 0 ? ratio(value(view, workload), Math.max(...peers)) : undefined
}

/** The best peer's time over ours. */
const timesFaster = (workload: string) => (view: View) => {
  const found = view.results.peers.map((peer) => value(view, workload, peer))
  const peers = found.filter((time) => time !== undefined)
  return peers.length > 0 ? ratio(Math.min(...peers), value(view, workload)) : undefined
}

/** The bare transfer on the same server. */
const rawOf = (side: string): string => side.replace('ours', 'raw')

const overRaw = (workload: string) => (view: View) =>
  ratio(value(view, workload), value(view, workload, rawOf(view.side)))

const peakBytes = ({ results, network, side }: View): number | undefined => {
  const peaks = results
    .rowsAt(network)
    .map(({ workload }) => results.figure(workload.name, network, side)?.peakBytes ?? 0)
  return Math.max(...peaks) || undefined
}

const memory: Target = {
  text: 'memory ≤ cache_size + 100 MB',
  unit: 'MB',
  atMost: mostBytes / 1e6,
  value: (view) => ratio(peakBytes(view), 1e6),
}

const lan: readonly Target[] = [
  { text: 'sequential read / raw RETR', atLeast: 0.4, value: overRaw('read-1m') },
  {
    text: 'sequential read / curl',
    atLeast: 0.6,
    value: (view) => ratio(value(view, 'read-1m'), value(view, 'read-1m', 'curl')),
  },
  { text: 'sequential read / best peer', atLeast: 4, value: overPeers('read-1m') },
  { text: 'sequential write / raw STOR', atLeast: 0.6, value: overRaw('write') },
  { text: 'sequential write / best peer', atLeast: 2, value: overPeers('write') },
  { text: 'random 4 KiB / best peer', atLeast: 1.5, value: overPeers('random-4k') },
  { text: 'random 1 MiB / best peer', atLeast: 3, value: overPeers('random-1m') },
  {
    text: 'ls -l of 5,000 within 0.15 s (0.3 s on stock), share of that',
    atMost: 1,
    value: (view) => ratio(value(view, 'ls-5000'), view.side === 'ours' ? 0.15 : 0.3),
  },
  {
    text: 'untar, time / sshfs',
    atMost: 0.5,
    value: (view) => ratio(value(view, 'untar'), value(view, 'untar', 'sshfs')),
  },
  {
    text: 'git status warm, time / local',
    atMost: 1.5,
    value: (view) => ratio(value(view, 'git'), value(view, 'git', 'local')),
  },
  {
    text: 'ls during a copy, p95',
    atMost: 50,
    unit: 'ms',
    value: (view) => value(view, 'lively'),
  },
  memory,
]

const linkMegabytes = ({ network }: View): number => (network.gigabits * 1000) / 8

/** Round trips that one of so many a second takes. */
const roundTrips = (perSecond: number | undefined, { network }: View): number | undefined =>
  ratio(1000 / network.rttMs, perSecond)

const randomReads = (workload: string, words: string, bytes: number): Target[] => [
  {
    // Its bytes take their time on the link.
    text: `random ${words}, round trips + transfer (1, and 15 % for the machine)`,
    atMost: 1.15,
    value: (view) => {
      const transferMs = bytes / 1e3 / linkMegabytes(view)
      const trips = roundTrips(value(view, workload), view)
      return trips === undefined ? undefined : trips - transferMs / view.network.rttMs
    },
  },
  {
    text: `random ${words}, bytes on the wire / asked for`,
    atMost: 3,
    value: (view) => {
      const figure = figureOf(view, workload)
      return ratio(figure?.wireBytes, figure?.askedBytes)
    },
  },
]

const wan: readonly Target[] = [
  {
    text: 'sequential read / link',
    atLeast: 0.9,
    value: (view) => ratio(value(view, 'read-1m'), linkMegabytes(view)),
  },
  { text: 'sequential read / best peer', atLeast: 3, value: overPeers('read-1m') },
  {
    text: 'sequential write / link',
    atLeast: 0.85,
    value: (view) => ratio(value(view, 'write'), linkMegabytes(view)),
  },
  { text: 'sequential write / best peer', atLeast: 3, value: overPeers('write') },
  ...randomReads('random-4k', '4 KiB', 4096),
  ...randomReads('random-1m', '1 MiB', 2 ** 20),
  {
    text: 'ls -l of 5,000, round trips + transfer',
    atMost: 4,
    value: (view) => {
      const figure = figureOf(view, 'ls-5000')
      if (figure?.wireBytes === undefined) return undefined
      const transferMs = figure.wireBytes / 1e3 / linkMegabytes(view)
      return (figure.value * 1000 - transferMs) / view.network.rttMs
    },
  },
  {
    text: 'untar, round trips a file',
    atMost: 3,
    value: (view) => ratio(value(view, 'untar'), view.network.rttMs),
  },
  { text: 'untar, times as fast as the best peer', atLeast: 2, value: timesFaster('untar') },
  {
    text: 'git status warm, bytes on the wire',
    atMost: 0,
    value: (view) => figureOf(view, 'git')?.wireBytes,
  },
  {
    text: 'ls during a copy, p95 less 2 RTT',
    atMost: 100,
    unit: 'ms',
    value: (view) => {
      const p95 = value(view, 'lively')
      return p95 === undefined ? undefined : p95 - 2 * view.network.rttMs
    },
  },
  memory,
]

/** Targets are for loopback and for 40 to 100 ms on 1 Gbit/s. */
function targetsAt({ rttMs, gigabits }: Network): readonly Target[] {
  if (rttMs === 0) return lan
  return rttMs >= 40 && gigabits === 1 ? wan : []
}

export function judge(results: Results, ours: readonly string[]): Verdict[] {
  return results.networks.flatMap((network) =>
    ours.flatMap((side) =>
      targetsAt(network).flatMap((target) => {
        const verdict = verdictOf(target, { results, network, side })
        return verdict ? [verdict] : []
      }),
    ),
  )
}

/** What failed misses its target; what was not measured has no verdict. */
function verdictOf(target: Target, view: View): Verdict | undefined {
  const { atLeast = -Infinity, atMost = Infinity, unit = '' } = target
  const bound = target.atLeast === undefined ? `≤ ${formatNumber(atMost)}` : `≥ ${atLeast}`
  const verdict = (measured: string, isMet: boolean): Verdict => ({
    side: view.side,
    where: view.network.rttMs === 0 ? 'LAN' : `${view.network.rttMs} ms`,
    target: `${target.text}: ${bound}${unit && ` ${unit}`}`,
    measured,
    isMet,
  })
  try {
    const found = target.value(view)
    if (found === undefined) return undefined
    const measured = `${formatNumber(found)}${unit && ` ${unit}`}`
    return verdict(measured, found >= atLeast && found <= atMost)
  } catch (error) {
    if (error instanceof NoFigure) return verdict(error.message, false)
    throw error
  }
}
