/** What a MemoryRemote keeps: files, found by path in a map in which one file may have many names. */

import type { FileType, RemoteAttributes } from '../../../src/vfs/attributes.ts'
import type { RemoteCapability } from '../../../src/vfs/remote.ts'

export interface MemoryNode {
  type: FileType
  mode: number
  uid: number
  gid: number
  mtimeNs: bigint
  atimeNs: bigint
  ctimeNs: bigint
  /** Undefined: not known, not even there. */
  birthTimeNs: bigint | undefined
  readonly fileId: string
  nlink: number
  content: Buffer
  target?: string
}

/** As a server tells them that can do these things. */
export function attributesOf(
  node: MemoryNode,
  capabilities: ReadonlySet<RemoteCapability>,
): RemoteAttributes {
  const { type, mode, mtimeNs, atimeNs, ctimeNs, birthTimeNs, uid, gid, target } = node
  return {
    type,
    mode,
    access: mode >> 6, // as to the owner
    mtimeNs,
    size: sizeOf(node),
    ...(birthTimeNs !== undefined && { birthTimeNs }),
    ...(capabilities.has('access-times') && { atimeNs }),
    ...(capabilities.has('change-times') && { ctimeNs }),
    ...(capabilities.has('owners') && { uid, gid }),
    ...(capabilities.has('links') && { nlink: node.nlink, fileId: node.fileId }),
    ...(target !== undefined && { linkTarget: target }),
  }
}

function sizeOf({ type, content, target }: MemoryNode): number {
  if (type === 'directory') return 4096
  return target === undefined ? content.length : Buffer.byteLength(target)
}
