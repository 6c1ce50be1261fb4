/** What /proc tells about processes that are not our children. */

import { readdirSync, readFileSync } from 'node:fs'
import { until } from './until.ts'

export interface ProcessView {
  readonly pid: number
  readonly arguments: readonly string[]
}

/** Processes that show this word in their command line. */
export function processesWith(argument: string): ProcessView[] {
  return allProcesses().filter((process) => process.arguments.includes(argument))
}

export function allProcesses(): ProcessView[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), arguments: argumentsOf(Number(name)) }))
}

export async function gone(argument: string, deadlineMs = 10_000): Promise<void> {
  const nobody = () => (processesWith(argument).length === 0 ? true : undefined)
  await until(`no process works on ${argument}`, nobody, deadlineMs)
}

function argumentsOf(pid: number): string[] {
  try {
    // A process that has set its title shows one text instead of a list.
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split(/[\0 ]/)
  } catch {
    return []
  }
}
