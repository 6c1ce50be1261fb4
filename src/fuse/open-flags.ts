import { constants } from 'node:fs'
import type { OpenFlags } from '../vfs/filesystem.ts'

const accessBits = constants.O_RDONLY | constants.O_WRONLY | constants.O_RDWR

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
