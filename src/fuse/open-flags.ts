import { constants } from 'node:fs'
import type { OpenFlags } from '../vfs/filesystem.ts'

const accessBits = constants.O_RDONLY | constants.O_WRONLY | constants.O_RDWR

/**
 * Whether a directory is opened for its names: opendir(3) of glibc and fts(3) set O_NONBLOCK. Who opens
 * it to work relative to it, or for fsync(2), does not.
 */
export function isForReading(flags: number): boolean {
  return (flags & constants.O_NONBLOCK) !== 0
}

/** open(2)'s flags, which arrive as the platform numbers them. */
export function openFlagsOf(flags: number): OpenFlags {
  const access = flags & accessBits
  const writing = access === constants.O_WRONLY ? 'write' : 'read-write'
  return {
    access: access === constants.O_RDONLY ? 'read' : writing,
    append: (flags & constants.O_APPEND) !== 0,
    truncate: (flags & constants.O_TRUNC) !== 0,
    exclusive: (flags & constants.O_EXCL) !== 0,
  }
}
