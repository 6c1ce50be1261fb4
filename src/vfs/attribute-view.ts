import type { Attributes, RemoteAttributes } from './attributes.ts'
import type { Inode } from './inode.ts'
import type { VfsOptions } from './vfs-options.ts'

/** Shown when the far side tells no mode. */
const unknownFileMode = 0o644
const unknownDirectoryMode = 0o755

type Presentation = Pick<VfsOptions, 'uid' | 'gid' | 'fileMask' | 'directoryMask'>

/** What stat(2) shows of an inode: the far side's facts, own unconfirmed changes, mount options. */
export function presentedAttributes(inode: Inode, options: Presentation): Attributes {
  const mtimeNs = inode.localMtimeNs ?? inode.remote.mtimeNs
  const { birthTimeNs } = inode.remote
  return {
    ino: inode.ino,
    type: inode.type,
    size: inode.size,
    mode: presentedMode(inode.remote, options),
    // 1 also for directories: find(1) then does not conclude from nlink how many subdirectories
    // there are.
    nlink: inode.detached || inode.hidden ? 0 : 1,
    uid: options.uid,
    gid: options.gid,
    atimeNs: inode.atimeNs ?? mtimeNs,
    mtimeNs,
    ctimeNs: mtimeNs,
    ...(birthTimeNs !== undefined && { birthTimeNs }),
  }
}

function presentedMode(remote: RemoteAttributes, options: Presentation): number {
  const directory = remote.type === 'directory'
  const mask = directory ? options.directoryMask : options.fileMask
  if (mask !== undefined) return 0o777 & ~mask
  return remote.mode ?? (directory ? unknownDirectoryMode : unknownFileMode)
}
