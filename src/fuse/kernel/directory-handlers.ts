/** Handlers of what concerns open directories. */

import type { Filesystem } from '../../vfs/filesystem.ts'
import { isForReading } from '../open-flags.ts'
import { packDirents, packDirentsPlus } from './dirent.ts'
import { fopen } from './flags.ts'
import type { Handlers } from './operations.ts'

export function createDirectoryHandlers(filesystem: Filesystem) {
  return {
    OPENDIR: async ({ flags }, context) => {
      const { nodeid } = context
      const opened = await filesystem.openDirectory(nodeid, isForReading(flags), context)
      const { fh, keepCache, cacheNames } = opened
      const keep = keepCache ? fopen.KEEP_CACHE : 0
      return { fh, open_flags: keep | (cacheNames ? fopen.CACHE_DIR : 0) }
    },

    READDIR: async ({ fh, offset, size }, context) => [
      packDirents(await filesystem.readDirectory(fh, offset, context), size),
    ],

    READDIRPLUS: async ({ fh, offset, size }, context) => [
      packDirentsPlus(await filesystem.readDirectory(fh, offset, context), size),
    ],

    RELEASEDIR: ({ fh }) => filesystem.releaseDirectory(fh),

    // Every change of a directory is confirmed before its request is answered.
    FSYNCDIR: () => {},
  } satisfies Handlers
}
