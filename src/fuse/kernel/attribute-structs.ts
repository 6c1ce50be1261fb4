/** The structs of fuse.h about the attributes of files and of the file system. See structs.ts. */

import { fileOffset, i64, padding16, padding32, safe64, struct, u16, u32, u64 } from './struct.ts'

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

export const sxTime = struct('fuse_sx_time', {
  tv_sec: i64,
  tv_nsec: u32,
  __reserved: padding32(),
})

/** statx(2)'s form of attr; `mask` says which fields mean something. */
export const statx = struct('fuse_statx', {
  mask: u32,
  blksize: u32,
  attributes: u64,
  nlink: u32,
  uid: u32,
  gid: u32,
  mode: u16,
  __spare0: padding16(),
  ino: safe64,
  size: fileOffset,
  blocks: safe64,
  attributes_mask: u64,
  atime: sxTime,
  btime: sxTime,
  ctime: sxTime,
  mtime: sxTime,
  rdev_major: u32,
  rdev_minor: u32,
  dev_major: u32,
  dev_minor: u32,
  __spare2: padding32(28),
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

export const statxIn = struct('fuse_statx_in', {
  getattr_flags: u32,
  reserved: padding32(),
  fh: safe64,
  sx_flags: u32,
  sx_mask: u32,
})

export const statxOut = struct('fuse_statx_out', {
  attr_valid: safe64,
  attr_valid_nsec: u32,
  flags: padding32(),
  spare: padding32(4),
  stat: statx,
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

export const statfsOut = struct('fuse_statfs_out', { st: kstatfs })
