/** Handlers of what concerns an inode, or the file system as a whole. */

import { ErrnoError } from '../../support/errno-error.ts'
import { encodeName } from '../../support/name-bytes.ts'
import type { Filesystem } from '../../vfs/filesystem.ts'
import { attributeChangesOf, attrOutOf, statxOutOf } from './attributes.ts'
import { getattrFlags, pathMax, setattrValid } from './flags.ts'
import type { Handlers } from './operations.ts'

export function createNodeHandlers(filesystem: Filesystem) {
  return {
    FORGET: ({ nlookup }, { nodeid }) => filesystem.forget(nodeid, nlookup),

    BATCH_FORGET: ({ items }) => {
      for (const { nodeid, nlookup } of items) filesystem.forget(nodeid, nlookup)
    },

    GETATTR: async ({ getattr_flags, fh }, context) => {
      const known = getattr_flags & getattrFlags.FH ? fh : undefined
      return attrOutOf(await filesystem.getAttributes(context.nodeid, known, context))
    },

    // Asked instead of GETATTR when a program wants the birth time: all there is, whatever the mask.
    ...(filesystem.tellsBirthTimes && {
      STATX: async ({ getattr_flags, fh }, context) => {
        const known = getattr_flags & getattrFlags.FH ? fh : undefined
        return statxOutOf(await filesystem.getAttributes(context.nodeid, known, context))
      },
    }),

    SETATTR: async (args, context) => {
      const known = args.valid & setattrValid.FH ? args.fh : undefined
      const changes = attributeChangesOf(args)
      return attrOutOf(await filesystem.setAttributes(context.nodeid, changes, known, context))
    },

    ACCESS: ({ mask }, context) => filesystem.access(context.nodeid, mask, context),

    READLINK: async (_, context) => {
      const target = encodeName(await filesystem.readLink(context.nodeid, context))
      if (target.includes(0)) throw new ErrnoError('EIO', 'the target of a link holds a NUL')
      checkTargetLength(target)
      return [target]
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

    SYNCFS: () => filesystem.sync(),
  } satisfies Handlers
}

/** The kernel has room for a page with the NUL. */
export function checkTargetLength(target: Uint8Array): void {
  if (target.length >= pathMax) {
    throw new ErrnoError('ENAMETOOLONG', `a link's target of ${target.length} bytes`)
  }
}
