/** The table while it grows. */

import type { GrowthResult } from '../growth/growth.ts'
import type { Row } from '../suite.ts'
import type { Verdict } from './targets.ts'
import { formatCosts, formatNumber, formatValue, summarize } from './cell.ts'

const titleWidth = 46
const cellWidth = 16

export function formatHeading(sides: readonly string[]): string {
  return `${''.padEnd(titleWidth)}${sides.map((name) => name.padStart(cellWidth)).join('')}`
}

/** A line of figures, one of what they cost, and what went wrong. */
export function formatRow(row: Row, sides: readonly string[], quick: boolean): string {
  const { workload, network } = row
  const cells = sides.map((name) => summarize(row.outcomes.get(name) ?? []))
  const line = (title: string, format: (cell: (typeof cells)[number]) => string): string =>
    `${title.padEnd(titleWidth)}${cells.map((cell) => format(cell).padStart(cellWidth)).join('')}`
  const reasons = cells.flatMap((cell, index) =>
    cell?.kind === 'wrong' || cell?.kind === 'failed' ? [`  ${sides[index]}: ${cell.reason}`] : [],
  )
  const title = `${workload.title({ network, quick })}, ${workload.unit}`
  return [line(title, formatValue), line('    CPU, peak memory', formatCosts), ...reasons].join(
    '\n',
  )
}

export function formatVerdicts(verdicts: readonly Verdict[]): string {
  if (verdicts.length === 0) return ''
  const lines = verdicts.map(({ isMet, where, side, target, measured }) =>
    [isMet ? 'met   ' : 'MISSED', where.padEnd(7), side.padEnd(11), target, `is ${measured}`].join(
      '  ',
    ),
  )
  return ['', 'Targets', ...lines].join('\n')
}

export function formatGrowth({ growth, points, remarks }: GrowthResult): string {
  const lines = [...points].map(([name, list]) => {
    const parts = list.map(
      ({ size, seconds, peakBytes }) =>
        `${growth.formatSize(size)}: ${formatNumber(seconds)} s, ${Math.round(peakBytes / 1e6)} MB`,
    )
    return `  ${name.padEnd(12)} ${parts.join('; ')}`
  })
  return [`\n${growth.title}`, ...lines, ...remarks.map((remark) => `  ${remark}`)].join('\n')
}
