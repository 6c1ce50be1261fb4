/** Changes of owner and mode in the local file system; times are local-times.ts. */

import { chmod, chown, lchown, lstat, stat } from 'node:fs/promises'
import { isErrno } from '../../support/errno-error.ts'
import type { Libc } from './libc.ts'
import { setTimes } from './local-times.ts'
import type { Owner } from './posix-storage.ts'
import type { FileChanges, LinkHandling } from './storage.ts'

/** chown(2): leave it. */
const unchanged = -1

export async function setOwner(
  path: string | Buffer,
  { uid = unchanged, gid = unchanged }: Partial<Owner>,
  links: LinkHandling,
): Promise<void> {
  const change = links === 'follow' ? chown : lchown
  try {
    await change(path, uid, gid)
  } catch (error) {
    // The kernel lets only a file's owner say that nothing is to change.
    const stats = await (links === 'follow' ? stat : lstat)(path)
    const same = [unchanged, stats.uid].includes(uid) && [unchanged, stats.gid].includes(gid)
    if (!same || !isErrno(error, 'EPERM')) throw error
  }
}

/** Of an open file. Owner before mode, because chown(2) takes bits of the mode away. */
export async function changeFile(
  libc: Libc,
  fd: number,
  { owner, mode, times }: FileChanges,
): Promise<void> {
  const path = `/proc/self/fd/${fd}`
  if (owner) await setOwner(path, owner, 'follow')
  if (mode !== undefined) await chmod(path, mode)
  if (times) await setTimes(libc, path, times, 'follow')
}
