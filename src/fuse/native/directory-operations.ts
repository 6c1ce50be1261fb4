/** Open directories and their entries. */

import type { DirectoryEntry } from '../../vfs/filesystem.ts'
import type { Operations, Stats } from './binding.ts'
import type { NativeContext } from './context.ts'
import { exact } from './integer.ts'
import { listedStats } from './stats.ts'
import { shownText } from './text.ts'

type DirectoryOperations = Pick<Operations, 'opendir' | 'readdirPaged' | 'fsyncdir' | 'releasedir'>

/** libfuse takes what fits into one reply, 1 MiB at most; the rest would be encoded for nothing. */
const entriesMax = 4096

/** NAME_MAX in bytes; the binding refuses a listing with a longer name. */
const nameBytesMax = 255

export function directoryOperations(context: NativeContext): DirectoryOperations {
  const { filesystem, requests, paths } = context
  return {
    opendir: (path, _flags, answer) =>
      requests.answer('opendir', answer, (caller) =>
        paths.at(path, caller, async (nodeid) => {
          const { fh } = await filesystem.openDirectory(nodeid, false, caller)
          return fh
        }),
      ),

    readdirPaged: (_path, fd, offset, answer) =>
      requests.run('readdir', answer, async (caller) => {
        const entries = await filesystem.readDirectory(exact(fd), exact(offset), caller)
        answer(0, ...listing(entries))
      }),

    // Every change of a directory is confirmed before its request is answered.
    fsyncdir: (_path, _dataOnly, _fd, answer) => answer(0),

    releasedir: (_path, fd, answer) =>
      requests.done('releasedir', answer, () => filesystem.releaseDirectory(exact(fd))),
  }
}

function listing(entries: Iterable<DirectoryEntry>): [string[], Stats[], number[]] {
  const [names, stats, offsets]: [string[], Stats[], number[]] = [[], [], []]
  for (const { name, ino, type, cookie } of entries) {
    const shown = shownText(name)
    if (Buffer.byteLength(shown) > nameBytesMax || shown.includes('/')) continue
    names.push(shown)
    stats.push(listedStats(ino, type))
    offsets.push(cookie)
    if (names.length === entriesMax) break
  }
  return [names, stats, offsets]
}
