/**
 * Where tests put their files: on tmpfs when it is large enough, so that disks do not blur what is
 * tested. A directory's name holds the process that made it, so that whatever a killed run leaves
 * behind is recognised and removed by the next one.
 */

import { chmodSync, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { detachMount, mountsBelow } from './mount-table.ts'

const prefix = 'uftp-mount-test'

/** The largest scenarios keep three copies of 300 MB. */
const spaceNeeded = 3 * 2 ** 30

function scratchParent(): string {
  const shared = '/dev/shm'
  try {
    const { bavail, bsize } = statfsSync(shared)
    return bavail * bsize >= spaceNeeded ? shared : tmpdir()
  } catch {
    return tmpdir()
  }
}

/** A new empty directory that other users may enter. */
export function makeScratch(): string {
  const directory = mkdtempSync(join(scratchParent(), `${prefix}.${process.pid}.`))
  chmodSync(directory, 0o755)
  return directory
}

/** Unmounts what is mounted in it, then removes it. */
export function removeScratch(directory: string): void {
  for (const mount of mountsBelow(directory)) detachMount(mount)
  rmSync(directory, { recursive: true, force: true })
}

/** Removes the scratch directories of processes that are gone. */
export function removeStaleScratch(): void {
  for (const parent of new Set(['/dev/shm', tmpdir()])) {
    for (const name of entriesOf(parent)) {
      const [first, pid] = name.split('.')
      if (first === prefix && !isAlive(Number(pid))) removeScratch(join(parent, name))
    }
  }
}

function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
