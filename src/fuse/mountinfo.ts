/** The kernel's list of mounts: read from /proc, so it never touches (or hangs on) a mount. */

import { readFile } from 'node:fs/promises'

export interface MountedFilesystem {
  readonly mountpoint: string
  /** `fuse.uftp`, `ext4`, ... */
  readonly type: string
  /** `MAJOR:MINOR` of its device number. */
  readonly device: string
  /** Of FUSE: who has mounted it. */
  readonly userId: number | undefined
  /** Of the mount and of the file system: `nosuid`, `max_read=131072`, ... */
  readonly options: readonly string[]
}

/** What is mounted on top at this path, which must be absolute and without symbolic links. */
export async function findMounted(path: string): Promise<MountedFilesystem | undefined> {
  const wanted = Buffer.from(path).toString('latin1')
  return (await readMountinfo()).findLast(({ mountpoint }) => mountpoint === wanted)
}

/** By `MAJOR:MINOR`, wherever it is mounted. */
export async function findMountedDevice(wanted: string): Promise<MountedFilesystem | undefined> {
  return (await readMountinfo()).find(({ device }) => device === wanted)
}

/** Node decodes what it reads as UTF-8; latin1 keeps other bytes comparable. */
async function readMountinfo(): Promise<readonly MountedFilesystem[]> {
  return parseMountinfo(await readFile('/proc/self/mountinfo', 'latin1'))
}

/** proc(5): `36 35 98:0 /root /mountpoint rw,noatime master:1 - ext3 /dev/root rw`. */
export function parseMountinfo(table: string): readonly MountedFilesystem[] {
  return table
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const fields = line.split(' ')
      const [type = '', , options = ''] = fields.slice(fields.indexOf('-', 6) + 1)
      const userId = /(?:^|,)user_id=(\d+)/.exec(options)?.[1]
      return {
        device: fields[2] ?? '',
        mountpoint: unescapeOctal(fields[4] ?? ''),
        type,
        userId: userId === undefined ? undefined : Number(userId),
        options: [...(fields[5] ?? '').split(','), ...options.split(',')],
      }
    })
}

/** Blanks, tabs, newlines and backslashes are written `\ooo`. */
function unescapeOctal(field: string): string {
  return field.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  )
}
