/** Changes of owner and mode in the local file system; times are local-times.ts. */

import { isErrno } from '../../support/errno-error.ts'
import * as calls from './file-calls.ts'
import type { Opened } from './jail.ts'
import type { Libc } from './libc.ts'
import { setTimes } from './local-times.ts'
import type { Owner } from './posix-storage.ts'
import type { FileChanges } from './storage.ts'

/** chown(2): leave it. */
const unchanged = -1

/** Of what is open itself, a link too. */
export async function setOwner(
  { fd, path, calls: quick }: Opened,
  { uid = unchanged, gid = unchanged }: Partial<Owner>,
): Promise<void> {
  try {
    await quick.make(calls.chown, path, uid, gid)
  } catch (error) {
    // The kernel lets only a file's owner say that nothing is to change.
    const stats = await quick.make(calls.fstat, fd)
    const same =
      [unchanged, Number(stats.uid)].includes(uid) && [unchanged, Number(stats.gid)].includes(gid)
    if (!same || !isErrno(error, 'EPERM')) throw error
  }
}

/** Owner before mode, because chown(2) takes bits of the mode away. */
export async function changeFile(
  libc: Libc,
  file: Opened,
  { owner, mode, times }: FileChanges,
): Promise<void> {
  if (owner) await setOwner(file, owner)
  if (mode !== undefined) await file.calls.make(calls.chmod, file.path, mode)
  if (times) await setTimes(libc, file, times)
}
