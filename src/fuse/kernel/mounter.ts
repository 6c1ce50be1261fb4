import type { MountOptions } from '../backend.ts'
import { maxReadBytes } from '../request-size.ts'
import type { Unmounter } from '../unmounter.ts'

/** A way to mount on a directory that is free and whose path has no symbolic links. */
export interface Mounter extends Unmounter {
  /** Gives the descriptor to serve. */
  mount(mountpoint: string, options: MountOptions): Promise<number>
  /** A forced unmount while the process exits, after which nothing keeps it from ending. */
  abandon(mountpoint: string, exitCode: number): void
}

/** Options that mean the same to mount(8) and fusermount3(1). */
export function kernelOptions(options: MountOptions): readonly string[] {
  return [
    `max_read=${maxReadBytes(options)}`,
    ...(options.readOnly ? ['ro'] : []),
    ...(options.allowOther ? ['allow_other'] : []),
    ...(options.defaultPermissions ? ['default_permissions'] : []),
    ...options.mountFlags,
  ]
}
