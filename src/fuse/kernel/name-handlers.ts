/** Handlers of what concerns the names in a directory. The request's nodeid is the directory. */

import { ErrnoError } from '../../support/errno-error.ts'
import { encodeName } from '../../support/name-bytes.ts'
import type { FileType } from '../../vfs/attributes.ts'
import type { Filesystem } from '../../vfs/filesystem.ts'
import { entryOutOf } from './attributes.ts'
import { modeType, modeTypeMask, renameFlags } from './flags.ts'
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
      const noReplace = (flags & renameFlags.NOREPLACE) !== 0
      const exchange = (flags & renameFlags.EXCHANGE) !== 0
      const known = renameFlags.NOREPLACE | renameFlags.EXCHANGE
      // WHITEOUT is for overlayfs; both at once contradict each other.
      if (flags & ~known || (noReplace && exchange)) {
        throw new ErrnoError('EINVAL', `rename with flags ${flags}`)
      }
      const meaning = { noReplace, exchange }
      await filesystem.rename(context.nodeid, oldName, newdir, newName, meaning, context)
    },
  } satisfies Handlers
}

/** mknod(2): no type is a file; a directory is EPERM. A link has a request of its own. */
function nodeTypeOf(mode: number): FileType {
  const bits = mode & modeTypeMask
  if (bits === 0) return 'file'
  if (bits === modeType.directory) throw new ErrnoError('EPERM', 'mknod of a directory')
  const type = nodeTypes.get(bits)
  if (!type) throw new ErrnoError('EINVAL', `mknod with mode ${mode.toString(8)}`)
  return type
}

const nodeTypes: ReadonlyMap<number, FileType> = new Map(
  (['file', 'fifo', 'socket', 'character-device', 'block-device'] as const).map((type) => [
    modeType[type],
    type,
  ]),
)
