/** CPU time and peak memory of a program with all its helpers, wherever those have gone. */

import { readFileSync, readdirSync } from 'node:fs'

export interface Resources {
  readonly cpuSeconds: number
  readonly peakBytes: number
}

/** USER_HZ, which is 100 on every Linux that Node runs on. */
const ticksPerSecond = 100

/**
 * Of all processes whose environment began with that setting (`NAME=VALUE`): the ssh of sshfs is
 * nobody's child any more.
 */
export function readResources(setting: string): Resources {
  let ticks = 0
  let peakBytes = 0
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (!readOrEmpty(`/proc/${pid}/environ`).split('\0').includes(setting)) continue
    const status = readOrEmpty(`/proc/${pid}/status`)
    peakBytes += Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024
    // After the name, which may hold anything: utime, stime and those of children that have ended.
    const stat = readOrEmpty(`/proc/${pid}/stat`)
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    for (const field of fields.slice(11, 15)) ticks += Number(field)
  }
  return { cpuSeconds: ticks / ticksPerSecond, peakBytes }
}

/** A process may have ended since it was listed. */
function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
