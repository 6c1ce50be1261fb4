/**
 * Files that whoever started us left open (a shell's `flock 200`, pipes of a build system) stay with
 * this process: what it starts may live for months, and would keep locks and pipes busy. Node marks
 * the first descriptors so; those with high numbers it overlooks.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { exitCodes, ExitError } from './exit.ts'

export async function keepInheritedFiles(): Promise<void> {
  const inherited = readdirSync('/proc/self/fd').map(Number).filter(isInheritable)
  if (inherited.length === 0) return
  // Only here, since hardly ever needed.
  const { closeOnExec } = await import('../fuse/kernel/libc.ts').catch((cause: unknown) => {
    const text = `descriptor ${inherited[0]} is open and would stay so: close it first, or install koffi`
    throw new ExitError(exitCodes.system, text, { cause })
  })
  for (const fd of inherited) closeOnExec(fd)
}

/** O_CLOEXEC of asm-generic/fcntl.h; the same on all platforms of Node but for sparc. */
const closeOnExecFlag = 0o2000000

/** Node opens everything with the flag: what has it not was open before. */
function isInheritable(fd: number): boolean {
  if (fd <= 2) return false
  try {
    const description = readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1')
    const flags = /^flags:\s*([0-7]+)$/m.exec(description)?.[1]
    return flags !== undefined && (Number.parseInt(flags, 8) & closeOnExecFlag) === 0
  } catch {
    return false // It was the one of the directory that was being read.
  }
}
