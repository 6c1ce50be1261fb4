/**
 * The structs of fuse.h in its order and with its field names, for protocol 7.23 and later.
 * Checked against a C compiler's sizes and offsets (test/fixtures/fuse).
 */

import {
  fileOffset,
  i32,
  i64,
  padding16,
  padding32,
  safe64,
  struct,
  u16,
  u32,
  u64,
} from './struct.ts'

/** Times before 1970 have negative seconds: fuse.h says uint64_t, the kernel casts to signed. */
const seconds = i64

export const attr = struct('fuse_attr', {
  ino: safe64,
  size: fileOffset,
  blocks: safe64,
  atime: seconds,
  mtime: seconds,
  ctime: seconds,
  atimensec: u32,
  mtimensec: u32,
  ctimensec: u32,
  mode: u32,
  nlink: u32,
  uid: u32,
  gid: u32,
  rdev: u32,
  blksize: u32,
  flags: u32,
})

export const kstatfs = struct('fuse_kstatfs', {
  blocks: safe64,
  bfree: safe64,
  bavail: safe64,
  files: safe64,
  ffree: safe64,
  bsize: u32,
  namelen: u32,
  frsize: u32,
  padding: padding32(),
  spare: padding32(6),
})

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

export const getattrIn = struct('fuse_getattr_in', {
  getattr_flags: u32,
  dummy: padding32(),
  fh: safe64,
})

export const attrOut = struct('fuse_attr_out', {
  attr_valid: safe64,
  attr_valid_nsec: u32,
  dummy: padding32(),
  attr,
})

export const mkdirIn = struct('fuse_mkdir_in', { mode: u32, umask: u32 })

export const renameIn = struct('fuse_rename_in', { newdir: safe64 })

export const rename2In = struct('fuse_rename2_in', {
  newdir: safe64,
  flags: u32,
  padding: padding32(),
})

export const setattrIn = struct('fuse_setattr_in', {
  valid: u32,
  padding: padding32(),
  fh: safe64,
  size: fileOffset,
  lock_owner: u64,
  atime: seconds,
  mtime: seconds,
  ctime: seconds,
  atimensec: u32,
  mtimensec: u32,
  ctimensec: u32,
  mode: u32,
  unused4: padding32(),
  uid: u32,
  gid: u32,
  unused5: padding32(),
})

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
  padding: padding32(),
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

export const statfsOut = struct('fuse_statfs_out', { st: kstatfs })

export const fsyncIn = struct('fuse_fsync_in', {
  fh: safe64,
  fsync_flags: u32,
  padding: padding32(),
})

export const accessIn = struct('fuse_access_in', { mask: u32, padding: padding32() })

export const initIn = struct('fuse_init_in', {
  major: u32,
  minor: u32,
  max_readahead: u32,
  flags: u32,
  flags2: u32,
  unused: padding32(11),
})

/** As of 7.45; what 7.38's header calls `unused` had meanings added to it since. */
export const initOut = struct('fuse_init_out', {
  major: u32,
  minor: u32,
  max_readahead: u32,
  flags: u32,
  max_background: u16,
  congestion_threshold: u16,
  max_write: u32,
  time_gran: u32,
  max_pages: u16,
  map_alignment: padding16(),
  flags2: u32,
  unused: padding32(7),
})

export const interruptIn = struct('fuse_interrupt_in', { unique: u64 })

export const inHeader = struct('fuse_in_header', {
  len: u32,
  opcode: u32,
  unique: u64,
  nodeid: safe64,
  uid: u32,
  gid: u32,
  pid: u32,
  total_extlen: u16,
  padding: padding16(),
})

export const outHeader = struct('fuse_out_header', { len: u32, error: i32, unique: u64 })

/** The part before the name. */
export const dirent = struct('fuse_dirent', {
  ino: safe64,
  off: safe64,
  namelen: u32,
  type: u32,
})

/** The part before the name. */
export const direntplus = struct('fuse_direntplus', { entry_out: entryOut, dirent })

/** `off` and `len` 0: everything; `off` negative: the attributes alone. */
export const notifyInvalInodeOut = struct('fuse_notify_inval_inode_out', {
  ino: safe64,
  off: i64,
  len: i64,
})

export const notifyInvalEntryOut = struct('fuse_notify_inval_entry_out', {
  parent: safe64,
  namelen: u32,
  flags: u32,
})
