/** The structs of fuse.h about the session itself: INIT, headers, notifications. See structs.ts. */

import { i64, i32, padding16, padding32, safe64, struct, u16, u32, u64 } from './struct.ts'

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
  max_stack_depth: padding32(),
  request_timeout: padding16(),
  unused: padding16(11),
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
