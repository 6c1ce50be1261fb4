import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeMachine } from './machine.ts'
import { formatMarkdown } from './markdown.ts'
import type { Report } from './markdown.ts'
import { drawDistances, drawGrowth } from './pictures.ts'

/** Writes benchmarks.md and its plots into a directory; plots of runs before go. */
export function writeReport(directory: string, report: Omit<Report, 'plots' | 'machine'>): void {
  const plots = [
    ...drawDistances(report.results, report.mounts),
    ...report.growth.flatMap((result) => drawGrowth(result)),
  ]
  const home = join(directory, 'benchmarks')
  rmSync(home, { recursive: true, force: true })
  mkdirSync(home, { recursive: true })
  for (const { file, svg } of plots) writeFileSync(join(home, file), svg)
  const markdown = formatMarkdown({ ...report, plots, machine: describeMachine(report.load) })
  writeFileSync(join(directory, 'benchmarks.md'), markdown)
}
