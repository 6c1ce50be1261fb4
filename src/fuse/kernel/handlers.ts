/** From opcodes to verbs: fuse.h's names end here. */

import { ErrnoError } from '../../support/errno-error.ts'
import type { Filesystem, OpenedFile, OpenFlags } from '../../vfs/filesystem.ts'
import { attrOutOf, attributeChangesOf, entryOutOf } from './attributes.ts'
import { packDirents, packDirentsPlus } from './dirent.ts'
import { fopen, getattrFlags, openFlags, renameFlags, setattrValid } from './flags.ts'
import type { Handlers } from './operations.ts'
import { checkReplyBytes } from './reply.ts'
import type { CodecValue } from './struct.ts'
import type { openOut } from './structs.ts'

export function createHandlers(filesystem: Filesystem) {
  return {
    LOOKUP: async ({ name }, context) =>
      entryOutOf(await filesystem.lookup(context.nodeid, name, context)),

    FORGET: ({ nlookup }, { nodeid }) => filesystem.forget(nodeid, nlookup),

    BATCH_FORGET: ({ items }) => {
      for (const { nodeid, nlookup } of items) filesystem.forget(nodeid, nlookup)
    },

    GETATTR: async ({ getattr_flags, fh }, context) =>
      attrOutOf(
        await filesystem.getAttributes(
          context.nodeid,
          getattr_flags & getattrFlags.FH ? fh : undefined,
          context,
        ),
      ),

    SETATTR: async (args, context) =>
      attrOutOf(
        await filesystem.setAttributes(
          context.nodeid,
          attributeChangesOf(args),
          args.valid & setattrValid.FH ? args.fh : undefined,
          context,
        ),
      ),

    ACCESS: ({ mask }, context) => filesystem.access(context.nodeid, mask, context),

    OPEN: async ({ flags }, context) =>
      openOutOf(await filesystem.open(context.nodeid, openFlagsOf(flags), context)),

    CREATE: async ({ name, mode, flags }, context) => {
      const opening = openFlagsOf(flags)
      const { nodeid } = context
      const created = await filesystem.create(nodeid, name, mode & 0o7777, opening, context)
      return { entry: entryOutOf(created.entry), open: openOutOf(created.file) }
    },

    READ: async ({ fh, offset, size }, context) => {
      const pieces = await filesystem.read(fh, offset, size, context)
      checkReplyBytes(pieces, size)
      return pieces
    },

    WRITE: async ({ fh, offset, size, data }, context) => {
      if (data.length !== size) {
        throw new ErrnoError('EIO', `a write of ${size} bytes that brings ${data.length}`)
      }
      return { size: await filesystem.write(fh, offset, data, context) }
    },

    FLUSH: ({ fh }, context) => filesystem.flush(fh, context),

    FSYNC: ({ fh }, context) => filesystem.fsync(fh, context),

    RELEASE: ({ fh }) => filesystem.release(fh),

    OPENDIR: async (_, context) => {
      const { fh } = await filesystem.openDirectory(context.nodeid, context)
      return { fh, open_flags: 0 }
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

    MKDIR: async ({ name, mode }, context) =>
      entryOutOf(await filesystem.makeDirectory(context.nodeid, name, mode & 0o7777, context)),

    UNLINK: ({ name }, context) => filesystem.unlink(context.nodeid, name, context),

    RMDIR: ({ name }, context) => filesystem.removeDirectory(context.nodeid, name, context),

    RENAME: ({ oldName, newdir, newName }, context) => {
      const flags = { noReplace: false, exchange: false }
      return filesystem.rename(context.nodeid, oldName, newdir, newName, flags, context)
    },

    RENAME2: async ({ oldName, newdir, newName, flags }, context) => {
      const known = renameFlags.NOREPLACE | renameFlags.EXCHANGE
      if (flags & ~known) throw new ErrnoError('EINVAL', `rename with flags ${flags}`)
      await filesystem.rename(
        context.nodeid,
        oldName,
        newdir,
        newName,
        {
          noReplace: (flags & renameFlags.NOREPLACE) !== 0,
          exchange: (flags & renameFlags.EXCHANGE) !== 0,
        },
        context,
      )
    },

    STATFS: async (_, context) => {
      const { blockSize, blocks, blocksFree, blocksAvailable, files, filesFree, nameLengthMax } =
        await filesystem.statistics(context)
      return {
        st: {
          blocks,
          bfree: blocksFree,
          bavail: blocksAvailable,
          files,
          ffree: filesFree,
          bsize: blockSize,
          namelen: nameLengthMax,
          frsize: blockSize,
        },
      }
    },
  } satisfies Handlers
}

function openOutOf({ fh, keepCache }: OpenedFile): CodecValue<typeof openOut> {
  return { fh, open_flags: keepCache ? fopen.KEEP_CACHE : 0 }
}

function openFlagsOf(flags: number): OpenFlags {
  const mode = flags & openFlags.ACCMODE
  const writing = mode === openFlags.WRONLY ? 'write' : 'read-write'
  return {
    access: mode === 0 ? 'read' : writing,
    append: (flags & openFlags.APPEND) !== 0,
    truncate: (flags & openFlags.TRUNC) !== 0,
    exclusive: (flags & openFlags.EXCL) !== 0,
  }
}
