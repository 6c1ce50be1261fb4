/** CPU time and peak memory of a process and all its descendants, from /proc. */

import { readFileSync, readdirSync } from 'node:fs'

export interface Resources {
  readonly cpuSeconds: number
  readonly peakBytes: number
}

/** USER_HZ, which is 100 on every Linux that Node runs on. */
const ticksPerSecond = 100

export function readResources(root: number): Resources {
  let ticks = 0
  let peakBytes = 0
  for (const pid of processTree(root)) {
    const status = readOrEmpty(`/proc/${pid}/status`)
    peakBytes += Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024
    // utime, stime and those of the children that have ended.
    for (const field of statFields(pid).slice(11, 15)) ticks += Number(field)
  }
  return { cpuSeconds: ticks / ticksPerSecond, peakBytes }
}

function processTree(root: number): number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    if (!Number.isInteger(pid)) continue
    const parent = Number(statFields(pid)[1])
    children.set(parent, [...(children.get(parent) ?? []), pid])
  }
  const tree = [root]
  for (const pid of tree) tree.push(...(children.get(pid) ?? []))
  return tree
}

/** Of /proc/PID/stat, from the state on: the name before it may hold anything. */
function statFields(pid: number): string[] {
  const text = readOrEmpty(`/proc/${pid}/stat`)
  return text.slice(text.lastIndexOf(')') + 2).split(' ')
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
