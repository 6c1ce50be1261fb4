/** The structs of fuse.h of operations that are not served, for the debug log. See structs.ts. */

import { padding32, safe64, struct, u32, u64 } from './struct.ts'

export const fileLock = struct('fuse_file_lock', { start: u64, end: u64, type: u32, pid: u32 })

/** What kernels send without an agreement on SETXATTR_EXT: FUSE_COMPAT_SETXATTR_IN_SIZE bytes. */
export const setxattrIn = struct('fuse_setxattr_in_compat', { size: u32, flags: u32 })

export const getxattrIn = struct('fuse_getxattr_in', { size: u32, padding: padding32() })

export const lkIn = struct('fuse_lk_in', {
  fh: safe64,
  owner: u64,
  lk: fileLock,
  lk_flags: u32,
  padding: padding32(),
})

export const bmapIn = struct('fuse_bmap_in', { block: u64, blocksize: u32, padding: padding32() })

export const ioctlIn = struct('fuse_ioctl_in', {
  fh: safe64,
  flags: u32,
  cmd: u32,
  arg: u64,
  in_size: u32,
  out_size: u32,
})

export const pollIn = struct('fuse_poll_in', { fh: safe64, kh: u64, flags: u32, events: u32 })
