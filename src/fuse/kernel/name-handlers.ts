/** Handlers of what concerns the names in a directory. The request's nodeid is the directory. */

import { encodeName } from '../../support/name-bytes.ts'
import type { Filesystem } from '../../vfs/filesystem.ts'
import { nodeTypeOf } from '../file-mode.ts'
import { renameFlagsOf } from '../rename-flags.ts'
import { entryOutOf } from './attributes.ts'
import { checkTargetLength } from './node-handlers.ts'
import type { Handlers } from './operations.ts'

export function createNameHandlers(filesystem: Filesystem) {
  return {
    LOOKUP: async ({ name }, context) =>
      entryOutOf(await filesystem.lookup(context.nodeid, name, context)),

    MKNOD: async ({ name, mode }, context) => {
      const type = nodeTypeOf(mode)
      return entryOutOf(
        await filesystem.makeNode(context.nodeid, name, type, mode & 0o7777, context),
      )
    },

    MKDIR: async ({ name, mode }, context) =>
      entryOutOf(await filesystem.makeDirectory(context.nodeid, name, mode & 0o7777, context)),

    SYMLINK: async ({ name, target }, context) => {
      checkTargetLength(encodeName(target))
      return entryOutOf(await filesystem.makeSymlink(context.nodeid, name, target, context))
    },

    LINK: async ({ oldnodeid, newName }, context) =>
      entryOutOf(await filesystem.link(oldnodeid, context.nodeid, newName, context)),

    UNLINK: ({ name }, context) => filesystem.unlink(context.nodeid, name, context),

    RMDIR: ({ name }, context) => filesystem.removeDirectory(context.nodeid, name, context),

    RENAME: ({ oldName, newdir, newName }, context) => {
      const flags = { noReplace: false, exchange: false }
      return filesystem.rename(context.nodeid, oldName, newdir, newName, flags, context)
    },

    RENAME2: async ({ oldName, newdir, newName, flags }, context) => {
      const meaning = renameFlagsOf(flags)
      await filesystem.rename(context.nodeid, oldName, newdir, newName, meaning, context)
    },
  } satisfies Handlers
}
