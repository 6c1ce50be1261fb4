/** st_mode: the file's type in the upper bits, permissions in the lower twelve. */

import { constants } from 'node:fs'
import { ErrnoError } from '../support/errno-error.ts'
import type { FileType } from '../vfs/attributes.ts'

const permissionBits = 0o7777

const typeBits: Readonly<Record<FileType, number>> = {
  file: constants.S_IFREG,
  directory: constants.S_IFDIR,
  symlink: constants.S_IFLNK,
  fifo: constants.S_IFIFO,
  socket: constants.S_IFSOCK,
  'character-device': constants.S_IFCHR,
  'block-device': constants.S_IFBLK,
}

const nodeTypes = ['file', 'fifo', 'socket', 'character-device', 'block-device'] as const

export function modeOf(type: FileType, permissions: number): number {
  return typeBits[type] | (permissions & permissionBits)
}

/** mknod(2): no type is a file; a directory is EPERM. A link is made by symlink(2). */
export function nodeTypeOf(mode: number): FileType {
  const bits = mode & constants.S_IFMT
  if (bits === 0) return 'file'
  if (bits === typeBits.directory) throw new ErrnoError('EPERM', 'mknod of a directory')
  const type = nodeTypes.find((candidate) => typeBits[candidate] === bits)
  if (!type) throw new ErrnoError('EINVAL', `mknod with mode ${mode.toString(8)}`)
  return type
}
