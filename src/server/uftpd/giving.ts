/**
 * Whether this process may give files to anybody, as far as the kernel decides that for all file
 * systems alike. Being root does not tell: in a container root seldom has all its powers.
 */

import { readFile } from 'node:fs/promises'
import { isErrno } from '../../support/errno-error.ts'

/**
 * Bits of linux/capability.h: CHOWN gives a file away, FOWNER sets its mode when it has gone, and
 * without FSETID chmod(2) silently drops the set-group-ID bit of that mode.
 */
const neededCapabilities = (1n << 0n) | (1n << 3n) | (1n << 4n)

/** All but -1, which stands for "leave it". */
const allIds = 2 ** 32 - 1

/** What /proc tells about a process. */
export interface ProcessRights {
  readonly status: string
  /** Undefined: the kernel has no user namespaces. */
  readonly userMap: string | undefined
  readonly groupMap: string | undefined
}

export async function givesFiles(): Promise<boolean> {
  const [status, userMap, groupMap] = await Promise.all([
    readFile('/proc/self/status', 'utf8'),
    readMap('/proc/self/uid_map'),
    readMap('/proc/self/gid_map'),
  ])
  return mayGive({ status, userMap, groupMap })
}

export function mayGive({ status, userMap, groupMap }: ProcessRights): boolean {
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`)
  const isAble = (effective & neededCapabilities) === neededCapabilities
  return isAble && mapsAll(userMap) && mapsAll(groupMap)
}

/** In a user namespace whoever is not mapped cannot own anything: chown(2) says EINVAL. */
function mapsAll(map: string | undefined): boolean {
  if (map === undefined) return true
  const counts = [...map.matchAll(/^\s*\d+\s+\d+\s+(\d+)$/gm)].map(([, count]) => Number(count))
  return counts.reduce((sum, count) => sum + count, 0) >= allIds
}

async function readMap(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}
