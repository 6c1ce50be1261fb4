/** What all rounds of one side say together. */

import { median } from '../measure/outcome.ts'
import type { Figure, Outcome } from '../measure/outcome.ts'

/** Medians, except the peak. */
export function summarize(outcomes: readonly Outcome[]): Outcome | undefined {
  const unwelcome = outcomes.find(({ kind }) => kind !== 'figure')
  if (unwelcome) return unwelcome
  const figures = outcomes as readonly Figure[]
  const first = figures[0]
  if (!first) return undefined
  return {
    kind: 'figure',
    value: median(figures.map(({ value }) => value)),
    cpuSeconds: medianOf(figures.map(({ cpuSeconds }) => cpuSeconds)),
    wireBytes: medianOf(figures.map(({ wireBytes }) => wireBytes)),
    askedBytes: medianOf(figures.map(({ askedBytes }) => askedBytes)),
    peakBytes: first.peakBytes && Math.max(...figures.map(({ peakBytes = 0 }) => peakBytes)),
    isLate: figures.some(({ isLate }) => isLate),
  }
}

function medianOf(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined)
  return known.length > 0 ? median(known) : undefined
}

/** Three figures that count. */
export function formatNumber(value: number): string {
  if (value >= 100) return value.toLocaleString('en', { maximumFractionDigits: 0 })
  return value.toLocaleString('en', { maximumSignificantDigits: 3, useGrouping: false })
}

export function formatValue(outcome: Outcome | undefined): string {
  if (!outcome) return '–'
  if (outcome.kind === 'figure')
    return `${formatNumber(outcome.value)}${outcome.isLate ? ' †' : ''}`
  if (outcome.kind === 'timeout') return `> ${outcome.seconds} s`
  return outcome.kind === 'wrong' ? 'WRONG' : 'failed'
}

/** CPU seconds and peak memory of the daemon. */
export function formatCosts(outcome: Outcome | undefined): string {
  if (outcome?.kind !== 'figure' || outcome.peakBytes === undefined) return ''
  const cpu = outcome.cpuSeconds === undefined ? '' : `${formatNumber(outcome.cpuSeconds)} s, `
  return `${cpu}${Math.round(outcome.peakBytes / 1e6)} MB`
}
