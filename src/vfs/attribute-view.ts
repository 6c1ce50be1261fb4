import type { Attributes, FileType } from './attributes.ts'
import type { Inode } from './inode.ts'
import type { Ownership } from './ownership.ts'
import type { VfsOptions } from './vfs-options.ts'

/** Shown when the far side tells no mode. */
const unknownFileMode = 0o644
const unknownDirectoryMode = 0o755

type Masks = Pick<VfsOptions, 'fileMask' | 'directoryMask'>

/** What stat(2) shows of an inode: the far side's facts, own unconfirmed changes, mount options. */
export function presentedAttributes(inode: Inode, masks: Masks, ownership: Ownership): Attributes {
  const { deferred } = inode
  const mtimeNs = deferred?.mtimeNs ?? inode.localMtimeNs ?? inode.remote.mtimeNs
  const { birthTimeNs, mode } = inode.remote
  const atimeNs = deferred?.atimeNs ?? inode.remote.atimeNs
  return {
    ino: inode.ino,
    type: inode.type,
    size: inode.size,
    mode: presentedMode(inode.type, deferred?.mode ?? mode, masks),
    nlink: presentedLinks(inode),
    ...ownership.shown(inode.remote),
    atimeNs: atimeNs ?? inode.atimeNs ?? mtimeNs,
    mtimeNs,
    ctimeNs: presentedChangeTime(inode, mtimeNs),
    ...(birthTimeNs !== undefined && { birthTimeNs }),
  }
}

function presentedMode(type: FileType, told: number | undefined, masks: Masks): number {
  const directory = type === 'directory'
  const mask = directory ? masks.directoryMask : masks.fileMask
  if (type === 'symlink') return told ?? 0o777
  if (mask !== undefined) return 0o777 & ~mask
  return told ?? (directory ? unknownDirectoryMode : unknownFileMode)
}

/** A hidden name does not count. */
function presentedLinks({ remote: { nlink }, detached, hidden }: Inode): number {
  // 1 also for directories: find(1) then does not conclude from nlink how many subdirectories
  // there are.
  if (nlink === undefined) return detached || hidden ? 0 : 1
  return hidden ? nlink - 1 : nlink
}

/** Where it is not told: the last change that is known of. */
function presentedChangeTime(inode: Inode, mtimeNs: bigint): bigint {
  const { remote } = inode
  const told = remote.ctimeNs ?? inode.ctimeNs
  if (told === undefined) return mtimeNs
  // Where it is told mtime may have been set to any time and says nothing, until we write.
  const written = remote.ctimeNs === undefined ? mtimeNs : inode.localMtimeNs
  return latest(told, written, inode.deferred?.setNs)
}

function latest(first: bigint, ...others: readonly (bigint | undefined)[]): bigint {
  return others.reduce<bigint>(
    (last, time) => (time !== undefined && time > last ? time : last),
    first,
  )
}
