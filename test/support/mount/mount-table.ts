/** The kernel's list of mounts, read from /proc: never touches a mount, so never hangs on a dead one. */

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

export interface MountTableEntry {
  readonly source: string
  readonly mountpoint: string
  readonly type: string
  readonly options: readonly string[]
}

export function readMountTable(): MountTableEntry[] {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [source = '', mountpoint = '', type = '', options = ''] = line.split(' ').map(unescape)
      return { source, mountpoint, type, options: options.split(',') }
    })
}

export function findMount(mountpoint: string): MountTableEntry | undefined {
  return readMountTable().findLast((entry) => entry.mountpoint === mountpoint)
}

/** Mounts at or below a directory, innermost first. */
export function mountsBelow(directory: string): MountTableEntry[] {
  return readMountTable()
    .filter(({ mountpoint }) => `${mountpoint}/`.startsWith(`${directory}/`))
    .toReversed()
}

/** Takes a mount away whether or not somebody still answers it. */
export function detachMount({ mountpoint, type }: MountTableEntry): void {
  if (spawnSync('umount', ['-l', mountpoint]).status === 0 || !type.startsWith('fuse')) return
  spawnSync('fusermount3', ['-uz', mountpoint])
}

/** /proc/self/mounts writes blanks and backslashes of names as octal numbers. */
function unescape(field: string): string {
  return field.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  )
}
