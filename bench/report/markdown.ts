/** docs/benchmarks.md. */

import type { GrowthResult } from '../growth/growth.ts'
import type { Row } from '../suite.ts'
import type { WanCheck } from '../wan/self-check.ts'
import type { Network } from '../wan/wan.ts'
import { formatCosts, formatNumber, formatValue, summarize } from './cell.ts'
import { ratioToBest } from './results.ts'
import type { Results } from './results.ts'
import type { Verdict } from './targets.ts'

export interface Report {
  readonly results: Results
  readonly sides: readonly string[]
  /** Those of them that mount. */
  readonly mounts: readonly string[]
  readonly verdicts: readonly Verdict[]
  readonly growth: readonly GrowthResult[]
  readonly checks: ReadonlyMap<Network, WanCheck>
  readonly machine: readonly string[]
  /** Load average at the beginning. */
  readonly load: number
  readonly rounds: (network: Network) => number
  readonly quick: boolean
  /** File names of plots below docs/benchmarks/, with what they show. */
  readonly plots: readonly { readonly file: string; readonly title: string }[]
}

export function formatMarkdown(report: Report): string {
  const { results, verdicts, machine, plots, growth } = report
  return `${[
    '# Benchmarks',
    introduction,
    machine.map((line) => `- ${line}`).join('\n'),
    ...results.networks.map((network) => section(report, network)),
    '## Targets',
    verdictTable(verdicts),
    '## Distance and growth',
    ...plots.map(({ file, title }) => `![${title}](benchmarks/${file})`),
    ...growth.flatMap(({ remarks }) => remarks.map((remark) => `- ${remark}`)),
  ].join('\n\n')}\n`
}

export function networkTitle({ rttMs, gigabits }: Network): string {
  return rttMs === 0 ? 'RTT 0 (loopback)' : `RTT ${rttMs} ms, ${gigabits} Gbit/s`
}

/** How those are told that come with the package. */
const introduction = `Written by \`make bench\`; [DEVELOPMENT.md](DEVELOPMENT.md) tells how to run parts of it.

Everything is on one machine, the server's files are in memory. Each figure is the median of several
measurements, each on a fresh mount with cold kernel caches, the sides taking turns. Below it: CPU seconds
and peak memory of the mounting process with its helpers. In brackets: how many times as fast as the best of
sshfs and rclone (above 1 is faster). Everything that is read or written is checked; WRONG means other bytes
than there should be.

- **ours**: \`uftp-mount\` with its defaults on our uftpd; **ours×stock**: on a stock UFTPD.
- **sshfs** with its defaults; **rclone** \`mount\` over sftp with \`--vfs-cache-mode full --vfs-write-back 0s\`
  and \`disable_hashcheck\`, as it would otherwise have the server read each file before its first byte; both on an OpenSSH server of their own.
- **raw**: a bare RETR to nothing or STOR from one buffer on our uftpd; **raw×stock** on the stock one;
  **curl**: the same to and from a file in memory. No mount can be faster.
- **local**: the served directory itself.
- †: the program had ended, the mount had said that all is well, and the data was not on the server yet;
  the figure counts until it was.

Long distances are made by a proxy in user space: half the RTT each way, at most 4 MiB a connection under way, all
connections sharing the rate of the link fairly. It has no packet loss and no slow start. Slow sides do a part
of the work: reading and writing end after 3 s (in order and far away after 12 s), and fewer small files are unpacked far away. connect(2) returns at
once; what is sent on the new connection waits for the round trip.`

function section({ results, sides, checks, rounds, quick }: Report, network: Network): string {
  const check = checks.get(network)
  const rows = results.rowsAt(network)
  const shown = sides.filter((side) => rows.some((row) => row.outcomes.has(side)))
  const measured = check
    ? ` The proxy by its own measure: ${check.rttMs.toFixed(1)} ms, ` +
      `${formatNumber(check.megabytesPerSecond)} MB/s over four connections.`
    : ''
  return [
    `## ${networkTitle(network)}`,
    `Measurements of each kind: ${rounds(network)}.${measured}`,
    table(
      ['', ...shown],
      rows.map((row) => [
        `${row.workload.title({ network, quick })}, ${row.workload.unit}`,
        ...shown.map((side) => cell(row, side, results.peers)),
      ]),
    ),
  ].join('\n\n')
}

function cell(row: Row, side: string, peers: readonly string[]): string {
  const outcome = summarize(row.outcomes.get(side) ?? [])
  const ratio = side.startsWith('ours') ? ratioToBest(row, side, peers) : undefined
  const value = `${formatValue(outcome)}${ratio === undefined ? '' : ` (${formatNumber(ratio)})`}`
  const costs = formatCosts(outcome)
  return costs === '' ? value : `${value}<br><small>${costs}</small>`
}

function verdictTable(verdicts: readonly Verdict[]): string {
  return table(
    ['', 'side', 'target', 'measured', ''],
    verdicts.map(({ where, side, target, measured, isMet }) => [
      where,
      side,
      target,
      measured,
      isMet ? 'met' : '**missed**',
    ]),
  )
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}
