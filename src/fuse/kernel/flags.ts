/** Bits and small numbers of fuse.h, and those of fcntl.h that travel in its structs. */

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
export const fopen = { KEEP_CACHE: 1 << 1 } as const

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

/** fuse_getattr_in.getattr_flags, also those of fuse_statx_in. */
export const getattrFlags = { FH: 1 << 0 } as const

/** fuse_notify_code */
export const notifyCode = { INVAL_INODE: 2, INVAL_ENTRY: 3 } as const

/** fuse_notify_inval_entry_out.flags */
export const invalEntryFlags = { EXPIRE_ONLY: 1 << 0 } as const

/** fcntl.h (asm-generic): open(2)'s flags. */
export const openFlags = {
  ACCMODE: 3,
  WRONLY: 1,
  RDWR: 2,
  EXCL: 0o200,
  TRUNC: 0o1000,
  APPEND: 0o2000,
} as const

/** linux/fs.h: renameat2(2)'s flags. */
export const renameFlags = { NOREPLACE: 1 << 0, EXCHANGE: 1 << 1 } as const

/** linux/falloc.h */
export const fallocateMode = { KEEP_SIZE: 1 << 0, PUNCH_HOLE: 1 << 1, ZERO_RANGE: 1 << 4 } as const

/** linux/fs.h: what lseek(2) may be relative to, as far as file systems see it. */
export const seekWhence = { DATA: 3, HOLE: 4 } as const

/** linux/stat.h: which fields of fuse_statx mean something. */
export const statxMask = { BASIC_STATS: 0x7ff, BTIME: 0x800 } as const

/** linux/limits.h: the longest target of a link, and the NUL behind it. */
export const pathMax = 4096

/** stat.h: S_IFMT */
export const modeTypeMask = 0o170000

/** stat.h: the type bits of st_mode; dirent.h's DT_ numbers are these shifted right by 12. */
export const modeType = {
  file: 0o100000,
  directory: 0o040000,
  symlink: 0o120000,
  fifo: 0o010000,
  socket: 0o140000,
  'character-device': 0o020000,
  'block-device': 0o060000,
} as const
