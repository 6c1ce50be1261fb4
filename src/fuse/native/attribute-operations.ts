/** Attributes of files, and of the file system. */

import { ErrnoError } from '../../support/errno-error.ts'
import type { AttributeChanges } from '../../vfs/attributes.ts'
import type { Caller } from '../../vfs/filesystem.ts'
import type { Answer, Integer, Operations, Stats } from './binding.ts'
import { atPathOrHandle, type NativeContext } from './context.ts'
import { exact } from './integer.ts'
import { changedTime, statisticsOf, statsOf } from './stats.ts'

type AttributeOperations = Pick<
  Operations,
  | 'getattr'
  | 'fgetattr'
  | 'access'
  | 'statfs'
  | 'chmodWithHandle'
  | 'chownWithHandle'
  | 'truncate'
  | 'ftruncate'
  | 'utimensWithHandle'
>

/** chown(2): leave this id as it is. */
const unchangedId = 0xffff_ffff

export function attributeOperations(context: NativeContext): AttributeOperations {
  const { filesystem, requests, paths, handles, times } = context

  const stats = async (nodeid: number, fh: number | undefined, caller: Caller): Promise<Stats> => {
    const { attributes } = await filesystem.getAttributes(nodeid, fh, caller)
    return statsOf(attributes)
  }

  const change = (
    operation: string,
    path: string | null,
    fd: Integer,
    answer: Answer,
    changes: () => AttributeChanges,
  ): void =>
    requests.done(operation, answer, (caller) =>
      atPathOrHandle(context, path, fd, caller, (nodeid) =>
        filesystem.setAttributes(nodeid, changes(), undefined, caller),
      ),
    )

  return {
    getattr: (path, answer) =>
      requests.answer('getattr', answer, (caller) => {
        if (path === null) throw new ErrnoError('ESTALE', 'getattr without a path')
        // A lookup brings the attributes with it.
        return paths.at(path, caller, async (nodeid, entry) =>
          entry ? statsOf(entry.attributes) : stats(nodeid, undefined, caller),
        )
      }),

    fgetattr: (_path, fd, answer) =>
      requests.answer('fgetattr', answer, (caller) => stats(handles.nodeid(fd), exact(fd), caller)),

    access: (path, mask, answer) =>
      requests.done('access', answer, (caller) =>
        paths.at(path, caller, (nodeid) => filesystem.access(nodeid, mask, caller)),
      ),

    chmodWithHandle: (path, fd, mode, answer) =>
      change('chmod', path, fd, answer, () => ({ mode: mode & 0o7777 })),

    chownWithHandle: (path, fd, uid, gid, answer) =>
      change('chown', path, fd, answer, () => ({
        ...(uid !== unchangedId && { uid }),
        ...(gid !== unchangedId && { gid }),
      })),

    truncate: (path, size, answer) =>
      change('truncate', path, 0, answer, () => ({ size: exact(size) })),

    ftruncate: (_path, fd, size, answer) =>
      change('ftruncate', null, fd, answer, () => ({ size: exact(size) })),

    utimensWithHandle: (path, fd, atime, mtime, answer) =>
      change('utimens', path, fd, answer, () => {
        const [atimeNs, mtimeNs] = [changedTime(atime, times), changedTime(mtime, times)]
        return {
          ...(atimeNs !== undefined && { atimeNs }),
          ...(mtimeNs !== undefined && { mtimeNs }),
        }
      }),

    statfs: (_path, answer) =>
      requests.answer('statfs', answer, async (caller) =>
        statisticsOf(await filesystem.statistics(caller)),
      ),
  }
}
