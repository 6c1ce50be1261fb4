import type { RemoteAttributes } from '../../../src/vfs/attributes.ts'

/** As a server tells them; where a test needs some and does not care which. */
export const directory: RemoteAttributes = {
  type: 'directory',
  size: 0,
  mode: 0o755,
  access: 7,
  mtimeNs: 0n,
}

export const file: RemoteAttributes = { type: 'file', size: 1, mode: 0o644, access: 6, mtimeNs: 0n }
