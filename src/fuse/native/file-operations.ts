/** Open files and their contents. */

import { ErrnoError } from '../../support/errno-error.ts'
import type { Caller, OpenedFile } from '../../vfs/filesystem.ts'
import type { OpenResult, Operations } from './binding.ts'
import type { NativeContext } from './context.ts'
import { openFlagsOf } from '../open-flags.ts'
import { allocationOf, whenceOf } from '../range-flags.ts'
import { exact } from './integer.ts'

type FileOperations = Pick<
  Operations,
  | 'open'
  | 'createWithFlags'
  | 'readBuffer'
  | 'write'
  | 'flush'
  | 'fsync'
  | 'release'
  | 'lseek'
  | 'fallocate'
  | 'copyFileRange'
>

export function fileOperations(context: NativeContext): FileOperations {
  const { filesystem, requests, paths, handles } = context

  const opened = ({ fh, keepCache }: OpenedFile, nodeid: number): OpenResult => {
    handles.add(fh, nodeid)
    return { fd: fh, keepCache }
  }

  return {
    open: (path, flags, answer) =>
      requests.answer('open', answer, (caller) =>
        paths.at(path, caller, async (nodeid) =>
          opened(await filesystem.open(nodeid, openFlagsOf(flags), caller), nodeid),
        ),
      ),

    createWithFlags: (path, mode, flags, answer) =>
      requests.answer('create', answer, (caller) =>
        paths.in(path, caller, async ({ parent, name }) => {
          const opening = openFlagsOf(flags)
          const created = await filesystem.create(parent, name, mode & 0o7777, opening, caller)
          paths.keep(created.entry.nodeid)
          return opened(created.file, created.entry.nodeid)
        }),
      ),

    readBuffer: (_path, fd, length, position, answer) =>
      requests.answer('read', answer, async (caller) => {
        const pieces = await filesystem.read(exact(fd), exact(position), length, caller)
        return joined(pieces)
      }),

    write: (_path, fd, data, length, position, answer) => {
      const mapped = requests.isFromMapping()
      requests.count('write', answer, (caller) =>
        filesystem.write(exact(fd), exact(position), data.subarray(0, length), caller, mapped),
      )
    },

    flush: (_path, fd, answer) =>
      requests.done('flush', answer, (caller) => filesystem.flush(exact(fd), caller)),

    fsync: (_path, _dataOnly, fd, answer) =>
      requests.done('fsync', answer, (caller) => filesystem.fsync(exact(fd), caller)),

    release: (_path, fd, answer) =>
      requests.done('release', answer, async () => {
        await filesystem.release(exact(fd)).finally(() => {
          const nodeid = handles.remove(fd)
          if (!handles.isOpen(nodeid)) paths.closed(nodeid)
        })
      }),

    ...rangeOperations(context),
  }
}

/** Only what the file system has: for the rest libfuse answers that there is no such operation. */
function rangeOperations({
  filesystem,
  requests,
}: NativeContext): Pick<FileOperations, 'lseek' | 'fallocate' | 'copyFileRange'> {
  return {
    ...(filesystem.seek && {
      lseek: (_path, fd, offset, whence, answer) =>
        requests.answer('lseek', answer, async (caller) =>
          filesystem.seek!(exact(fd), exact(offset), whenceOf(whence), caller),
        ),
    }),

    ...(filesystem.allocate && {
      fallocate: (_path, fd, mode, offset, length, answer) =>
        requests.done('fallocate', answer, (caller: Caller) => {
          const start = exact(offset)
          const range = { start, end: start + exact(length) }
          const { allocation, keepSize } = allocationOf(mode)
          return filesystem.allocate!(exact(fd), range, allocation, keepSize, caller)
        }),
    }),

    ...(filesystem.copyRange && {
      copyFileRange: (_from, fd, offset, _to, newFd, newOffset, length, flags, answer) =>
        requests.count('copy_file_range', answer, (caller) => {
          if (flags !== 0) throw new ErrnoError('EINVAL', `copy_file_range with flags ${flags}`)
          const from = { fh: exact(fd), offset: exact(offset) }
          const to = { fh: exact(newFd), offset: exact(newOffset) }
          return filesystem.copyRange!(from, to, exact(length), caller)
        }),
    }),
  }
}

/** The binding copies into libfuse's memory; one piece needs no copy before that. */
function joined(pieces: readonly Uint8Array[]): Buffer {
  const [first, ...others] = pieces
  if (!first || others.length > 0) return Buffer.concat(pieces)
  return Buffer.from(first.buffer, first.byteOffset, first.byteLength)
}
