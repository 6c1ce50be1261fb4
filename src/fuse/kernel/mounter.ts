import type { MountOptions } from '../backend.ts'

/** A way to mount on a directory that is free and whose path has no symbolic links. */
export interface Mounter {
  /** Gives the descriptor to serve. */
  mount(mountpoint: string, options: MountOptions, maxReadBytes: number): Promise<number>
  /** `lazily`: takes the mount out of sight at once, even while in use. EBUSY: in use. */
  unmount(mountpoint: string, lazily: boolean): Promise<void>
}

/** The type in /proc/mounts is `fuse.` with this behind. */
export const fuseSubtype = 'uftp'

/** Options that mean the same to mount(8) and fusermount3(1). */
export function kernelOptions(options: MountOptions, maxReadBytes: number): readonly string[] {
  return [
    `max_read=${maxReadBytes}`,
    ...(options.readOnly ? ['ro'] : []),
    ...(options.allowOther ? ['allow_other'] : []),
    ...(options.defaultPermissions ? ['default_permissions'] : []),
    ...options.mountFlags,
  ]
}
