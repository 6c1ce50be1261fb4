import { ErrnoError } from '../support/errno-error.ts'
import type { RenameFlags } from '../vfs/filesystem.ts'

/** linux/fs.h: renameat2(2)'s flags. */
const noReplaceBit = 1 << 0
const exchangeBit = 1 << 1

/** EINVAL for flags that are unknown, contradict each other or are overlayfs's alone (WHITEOUT). */
export function renameFlagsOf(flags: number): RenameFlags {
  const noReplace = (flags & noReplaceBit) !== 0
  const exchange = (flags & exchangeBit) !== 0
  if (flags & ~(noReplaceBit | exchangeBit) || (noReplace && exchange)) {
    throw new ErrnoError('EINVAL', `rename with flags ${flags}`)
  }
  return { noReplace, exchange }
}
