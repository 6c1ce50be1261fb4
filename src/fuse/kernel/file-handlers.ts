/** Handlers of what concerns open files. */

import { ErrnoError } from '../../support/errno-error.ts'
import type { Filesystem, OpenedFile, OpenFlags } from '../../vfs/filesystem.ts'
import { openFlagsOf } from '../open-flags.ts'
import { allocationOf, whenceOf } from '../range-flags.ts'
import { entryOutOf } from './attributes.ts'
import { fopen, writeFlags } from './flags.ts'
import type { Args, Handlers } from './operations.ts'
import { checkReplyBytes } from './reply.ts'
import type { RequestContext } from './request-context.ts'
import type { CodecValue } from './struct.ts'
import type { openOut } from './structs.ts'

/** What a count of 32 bits can tell: whole pages, as the kernel cuts such a request itself. */
const copyMax32 = 0xffff_f000

export function createFileHandlers(filesystem: Filesystem) {
  return {
    OPEN: async ({ flags }, context) => {
      const opening = openFlagsOf(flags)
      return openOutOf(await filesystem.open(context.nodeid, opening, context), opening)
    },

    CREATE: async ({ name, mode, flags }, context) => {
      const opening = openFlagsOf(flags)
      const { nodeid } = context
      const created = await filesystem.create(nodeid, name, mode & 0o7777, opening, context)
      return { entry: entryOutOf(created.entry), open: openOutOf(created.file, opening) }
    },

    READ: async ({ fh, offset, size }, context) => {
      const pieces = await filesystem.read(fh, offset, size, context)
      checkReplyBytes(pieces, size)
      return pieces
    },

    WRITE: async ({ fh, offset, size, data, write_flags }, context) => {
      if (data.length !== size) {
        throw new ErrnoError('EIO', `a write of ${size} bytes that brings ${data.length}`)
      }
      const fromMapping = (write_flags & writeFlags.CACHE) !== 0
      const written = await filesystem.write(fh, offset, data, context, fromMapping)
      return { size: checkCount(written, size) }
    },

    FLUSH: ({ fh }, context) => filesystem.flush(fh, context),

    FSYNC: ({ fh }, context) => filesystem.fsync(fh, context),

    RELEASE: ({ fh }) => filesystem.release(fh),

    ...createSeekHandler(filesystem),
    ...createAllocationHandler(filesystem),
    ...createCopyHandlers(filesystem),
  } satisfies Handlers
}

function createSeekHandler(filesystem: Filesystem): Handlers {
  const seek = filesystem.seek?.bind(filesystem)
  if (!seek) return {}
  return {
    LSEEK: async ({ fh, offset, whence }, context) => {
      const wanted = whenceOf(whence)
      // Behind the end of every file, or negative.
      if (offset > Number.MAX_SAFE_INTEGER) throw new ErrnoError('ENXIO', `lseek to ${offset}`)
      return { offset: await seek(fh, Number(offset), wanted, context) }
    },
  }
}

function createAllocationHandler(filesystem: Filesystem): Handlers {
  const allocate = filesystem.allocate?.bind(filesystem)
  if (!allocate) return {}
  return {
    FALLOCATE: ({ fh, offset, length, mode }, context) => {
      const { allocation, keepSize } = allocationOf(mode)
      const range = { start: offset, end: offset + length }
      if (!Number.isSafeInteger(range.end)) {
        throw new ErrnoError('EFBIG', `fallocate of ${length} bytes at ${offset}`)
      }
      return allocate(fh, range, allocation, keepSize, context)
    },
  }
}

/** Two opcodes that differ in the width of the count they answer. */
function createCopyHandlers(filesystem: Filesystem): Handlers {
  const copyRange = filesystem.copyRange?.bind(filesystem)
  if (!copyRange) return {}
  const copy = async (
    args: Args<'COPY_FILE_RANGE'>,
    most: number,
    context: RequestContext,
  ): Promise<number> => {
    if (args.flags !== 0n) throw new ErrnoError('EINVAL', `copy_file_range, flags ${args.flags}`)
    const from = { fh: args.fh_in, offset: args.off_in }
    const to = { fh: args.fh_out, offset: args.off_out }
    const length = Math.min(args.len, most)
    return checkCount(await copyRange(from, to, length, context), length)
  }
  return {
    COPY_FILE_RANGE: async (args, context) => ({ size: await copy(args, copyMax32, context) }),
    COPY_FILE_RANGE_64: async (args, context) => ({
      bytes_copied: await copy(args, args.len, context),
    }),
  }
}

function openOutOf(
  { fh, keepCache }: OpenedFile,
  { access }: OpenFlags,
): CodecValue<typeof openOut> {
  // Who only reads has nothing to flush: one request less at each close (Linux 5.16).
  const noFlush = access === 'read' ? fopen.NOFLUSH : 0
  return { fh, open_flags: noFlush | (keepCache ? fopen.KEEP_CACHE : 0) }
}

/** More than was asked for is no count, nor is a part of a byte. */
function checkCount(bytes: number, most: number): number {
  if (Number.isSafeInteger(bytes) && bytes >= 0 && bytes <= most) return bytes
  throw new ErrnoError('EIO', `${bytes} bytes done of ${most}`)
}
