/** How a mount presents and caches what the far side has. Times in milliseconds, sizes in bytes. */
export interface VfsOptions {
  /** Who mounted: shown as owner of what is ours there, and where the far side tells no owner. */
  readonly uid: number
  readonly gid: number
  /** Shown for every file, whatever the far side says. */
  readonly uidForAll: boolean
  readonly gidForAll: boolean
  /** When set, permission bits shown are 0o777 & ~mask, whatever the far side says. */
  readonly fileMask: number | undefined
  readonly directoryMask: number | undefined
  readonly readOnly: boolean
  /** For how long attributes are believed. */
  readonly attributeTimeoutMs: number
  /** For how long a name is believed to exist. */
  readonly entryTimeoutMs: number
  /** For how long a name is believed not to exist. */
  readonly negativeTimeoutMs: number
  /** For how long a whole listing answers names and readdir. */
  readonly directoryTimeoutMs: number
  /** Block cache. */
  readonly cacheBytes: number
  /** Largest read-ahead window. */
  readonly readAheadBytes: number
  /** Written but not yet confirmed bytes of the whole mount; writers wait beyond. */
  readonly dirtyBytes: number
}

export const defaultVfsOptions: VfsOptions = {
  uid: 0,
  gid: 0,
  uidForAll: false,
  gidForAll: false,
  fileMask: undefined,
  directoryMask: undefined,
  readOnly: false,
  attributeTimeoutMs: 1000,
  entryTimeoutMs: 1000,
  negativeTimeoutMs: 1000,
  directoryTimeoutMs: 1000,
  cacheBytes: 256 * 2 ** 20,
  readAheadBytes: 64 * 2 ** 20,
  dirtyBytes: 64 * 2 ** 20,
}
