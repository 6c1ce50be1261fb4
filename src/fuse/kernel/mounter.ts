import type { MountOptions } from '../backend.ts'

/** A way to mount on a directory that is free and whose path has no symbolic links. */
export interface Mounter {
  /** Gives the descriptor to serve; `maxReadBytes`: more cannot be served at once. */
  mount(mountpoint: string, options: MountOptions, maxReadBytes: number): Promise<number>
  /**
   * EBUSY: in use. `force`: takes it out of sight even so, and ends the service where that is
   * allowed; where it is not, the mount lives on unseen until its last user goes.
   */
  unmount(mountpoint: string, force: boolean): Promise<void>
  /** The command line of a forced unmount, for whoever does it in our place. */
  unmountCommand(mountpoint: string): readonly string[]
  /** A forced unmount while the process exits, after which nothing keeps it from ending. */
  abandon(mountpoint: string, exitCode: number): void
}

/** The type in /proc/mounts is `fuse.` with this behind. */
export const fuseSubtype = 'uftp'

/** Options that mean the same to mount(8) and fusermount3(1). */
export function kernelOptions(options: MountOptions, maxReadBytes: number): readonly string[] {
  return [
    `max_read=${Math.min(options.maxReadBytes ?? maxReadBytes, maxReadBytes)}`,
    ...(options.readOnly ? ['ro'] : []),
    ...(options.allowOther ? ['allow_other'] : []),
    ...(options.defaultPermissions ? ['default_permissions'] : []),
    ...options.mountFlags,
  ]
}
