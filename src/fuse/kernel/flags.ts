/** Bits and small numbers of fuse.h, and those of other headers that only its structs carry. */

export const protocolMajor = 7
/** The newest minor whose rules are kept here; the kernel keeps to the lower of the two. */
export const protocolMinor = 45
/** Below this, replies have other sizes. Linux 3.15 (2014) speaks 7.23. */
export const protocolMinorFloor = 23

/** Every record in a directory reply starts at a multiple of this. */
export const direntAlignment = 8

/** fuse_setattr_in.valid */
export const setattrValid = {
  MODE: 1 << 0,
  UID: 1 << 1,
  GID: 1 << 2,
  SIZE: 1 << 3,
  ATIME: 1 << 4,
  MTIME: 1 << 5,
  FH: 1 << 6,
  ATIME_NOW: 1 << 7,
  MTIME_NOW: 1 << 8,
} as const

/** fuse_open_out.open_flags */
export const fopen = { KEEP_CACHE: 1 << 1, CACHE_DIR: 1 << 3, NOFLUSH: 1 << 5 } as const

/** fuse_init_in.flags and fuse_init_out.flags: those that are asked for. */
export const initFlags = {
  ASYNC_READ: 1 << 0,
  ATOMIC_O_TRUNC: 1 << 3,
  BIG_WRITES: 1 << 5,
  DO_READDIRPLUS: 1 << 13,
  READDIRPLUS_AUTO: 1 << 14,
  ASYNC_DIO: 1 << 15,
  PARALLEL_DIROPS: 1 << 18,
  ABORT_ERROR: 1 << 21,
  MAX_PAGES: 1 << 22,
  CACHE_SYMLINKS: 1 << 23,
} as const

/** fuse_write_in.write_flags. CACHE: the kernel writes a page of a shared mapping back. */
export const writeFlags = { CACHE: 1 << 0 } as const

/** fuse_getattr_in.getattr_flags, also those of fuse_statx_in. */
export const getattrFlags = { FH: 1 << 0 } as const

/** fuse_notify_code */
export const notifyCode = { INVAL_INODE: 2, INVAL_ENTRY: 3 } as const

/** fuse_notify_inval_entry_out.flags */
export const invalEntryFlags = { EXPIRE_ONLY: 1 << 0 } as const

/** linux/stat.h: which fields of fuse_statx mean something. */
export const statxMask = { BASIC_STATS: 0x7ff, BTIME: 0x800 } as const

/** linux/limits.h: the longest target of a link, and the NUL behind it. */
export const pathMax = 4096
