/**
 * The structs of fuse.h in its order and with its field names, for protocol 7.23 and later: those of
 * names and open files. Others are in attribute-structs.ts, session-structs.ts and
 * unserved-structs.ts. Checked against a C compiler's sizes and offsets (test/fixtures/fuse).
 */

import { attr } from './attribute-structs.ts'
import { fileOffset, padding32, safe64, struct, u32, u64 } from './struct.ts'

export const entryOut = struct('fuse_entry_out', {
  nodeid: safe64,
  generation: safe64,
  entry_valid: safe64,
  attr_valid: safe64,
  entry_valid_nsec: u32,
  attr_valid_nsec: u32,
  attr,
})

export const forgetIn = struct('fuse_forget_in', { nlookup: safe64 })

export const forgetOne = struct('fuse_forget_one', { nodeid: safe64, nlookup: safe64 })

export const batchForgetIn = struct('fuse_batch_forget_in', { count: u32, dummy: padding32() })

export const mknodIn = struct('fuse_mknod_in', {
  mode: u32,
  rdev: u32,
  umask: u32,
  padding: padding32(),
})

export const mkdirIn = struct('fuse_mkdir_in', { mode: u32, umask: u32 })

export const renameIn = struct('fuse_rename_in', { newdir: safe64 })

export const rename2In = struct('fuse_rename2_in', {
  newdir: safe64,
  flags: u32,
  padding: padding32(),
})

export const linkIn = struct('fuse_link_in', { oldnodeid: safe64 })

export const openIn = struct('fuse_open_in', { flags: u32, open_flags: u32 })

export const createIn = struct('fuse_create_in', {
  flags: u32,
  mode: u32,
  umask: u32,
  open_flags: u32,
})

export const openOut = struct('fuse_open_out', {
  fh: safe64,
  open_flags: u32,
  backing_id: padding32(),
})

/** The reply to CREATE: two structs one after the other. */
export const createOut = struct('fuse_create_out', { entry: entryOut, open: openOut })

export const releaseIn = struct('fuse_release_in', {
  fh: safe64,
  flags: u32,
  release_flags: u32,
  lock_owner: u64,
})

export const flushIn = struct('fuse_flush_in', {
  fh: safe64,
  unused: padding32(),
  padding: padding32(),
  lock_owner: u64,
})

export const readIn = struct('fuse_read_in', {
  fh: safe64,
  offset: fileOffset,
  size: u32,
  read_flags: u32,
  lock_owner: u64,
  flags: u32,
  padding: padding32(),
})

export const writeIn = struct('fuse_write_in', {
  fh: safe64,
  offset: fileOffset,
  size: u32,
  write_flags: u32,
  lock_owner: u64,
  flags: u32,
  padding: padding32(),
})

export const writeOut = struct('fuse_write_out', { size: u32, padding: padding32() })

export const fsyncIn = struct('fuse_fsync_in', {
  fh: safe64,
  fsync_flags: u32,
  padding: padding32(),
})

export const accessIn = struct('fuse_access_in', { mask: u32, padding: padding32() })

export const fallocateIn = struct('fuse_fallocate_in', {
  fh: safe64,
  offset: fileOffset,
  length: fileOffset,
  mode: u32,
  padding: padding32(),
})

/** The part before the name. */
export const dirent = struct('fuse_dirent', {
  ino: safe64,
  off: safe64,
  namelen: u32,
  type: u32,
})

/** The part before the name. */
export const direntplus = struct('fuse_direntplus', { entry_out: entryOut, dirent })

export const lseekIn = struct('fuse_lseek_in', {
  fh: safe64,
  offset: u64,
  whence: u32,
  padding: padding32(),
})

export const lseekOut = struct('fuse_lseek_out', { offset: fileOffset })

export const copyFileRangeIn = struct('fuse_copy_file_range_in', {
  fh_in: safe64,
  off_in: fileOffset,
  nodeid_out: safe64,
  fh_out: safe64,
  off_out: fileOffset,
  len: fileOffset,
  flags: u64,
})

export const copyFileRangeOut = struct('fuse_copy_file_range_out', {
  bytes_copied: fileOffset,
})

export const syncfsIn = struct('fuse_syncfs_in', { padding: padding32(2) })
