/**
 * The narrow door to the kernel: the composition root mounts a Filesystem through one of the
 * backends (kernel: /dev/fuse spoken directly; native: over a libfuse binding) and waits for its
 * end. Neither backend knows what stands behind the Filesystem.
 */

import type { Logger } from '../support/logger.ts'
import type { Filesystem } from '../vfs/filesystem.ts'

/** The type in /proc/mounts is `fuse.` with this behind. */
export const fuseSubtype = 'uftp'

export interface MountOptions {
  /** An existing directory, absolute; or `/dev/fd/N`: N is a /dev/fuse that is mounted already. */
  readonly mountpoint: string
  /** Shown as the source in /proc/mounts; must not hold secrets. */
  readonly source: string
  readonly readOnly: boolean
  readonly allowOther: boolean
  /** The kernel checks mode bits against uid and gid. */
  readonly defaultPermissions: boolean
  /** Unmounts also when this process dies, whatever the way. */
  readonly autoUnmount: boolean
  /** The largest read(2) request; undefined: the backend's best. */
  readonly maxReadBytes: number | undefined
  /** Further mount(8) flags: nosuid, nodev, noexec, noatime, ... */
  readonly mountFlags: readonly string[]
  /**
   * No answer may be believed for longer; for backends that have one timeout for all answers instead
   * of each answer's own.
   */
  readonly cacheTimeoutMs: number
  /** Largest kernel read-ahead in bytes; raised where permitted. */
  readonly kernelReadAheadBytes: number
}

export interface Mount {
  /** Resolves when the file system is unmounted, by us or from outside; rejects on a broken device. */
  readonly ended: Promise<void>
  /** Unmounts (lazily when `force`); resolves when the kernel has let go. EBUSY when in use. */
  unmount(options?: { force?: boolean }): Promise<void>
}

export interface FuseBackend {
  /**
   * Mounts and answers requests. Resolves once the kernel has negotiated and requests are being
   * served. Rejects with ErrnoError (ENODEV: no /dev/fuse; ENOENT/ENOTDIR/EBUSY: mountpoint;
   * EBADF/EINVAL: /dev/fd/N; EPERM/EACCES: not allowed; EOPNOTSUPP: a program that mounts is missing),
   * its message fit for the user.
   */
  mount(filesystem: Filesystem, options: MountOptions, log: Logger): Promise<Mount>
}
