/**
 * Linux errno: name, number, text.
 *
 * The numbers are Linux's (asm-generic/errno.h) on every platform: stock UFTPD writes them into its
 * replies as `[Errno N]`, and the FUSE kernel protocol of Linux answers with them.
 */

const table = [
  ['EPERM', 1, 'Operation not permitted'],
  ['ENOENT', 2, 'No such file or directory'],
  ['EINTR', 4, 'Interrupted system call'],
  ['EIO', 5, 'Input/output error'],
  ['ENXIO', 6, 'No such device or address'],
  ['EBADF', 9, 'Bad file descriptor'],
  ['EAGAIN', 11, 'Resource temporarily unavailable'],
  ['ENOMEM', 12, 'Cannot allocate memory'],
  ['EACCES', 13, 'Permission denied'],
  ['EBUSY', 16, 'Device or resource busy'],
  ['EEXIST', 17, 'File exists'],
  ['EXDEV', 18, 'Invalid cross-device link'],
  ['ENODEV', 19, 'No such device'],
  ['ENOTDIR', 20, 'Not a directory'],
  ['EISDIR', 21, 'Is a directory'],
  ['EINVAL', 22, 'Invalid argument'],
  ['ENFILE', 23, 'Too many open files in system'],
  ['EMFILE', 24, 'Too many open files'],
  ['ENOTTY', 25, 'Inappropriate ioctl for device'],
  ['ETXTBSY', 26, 'Text file busy'],
  ['EFBIG', 27, 'File too large'],
  ['ENOSPC', 28, 'No space left on device'],
  ['ESPIPE', 29, 'Illegal seek'],
  ['EROFS', 30, 'Read-only file system'],
  ['EMLINK', 31, 'Too many links'],
  ['EPIPE', 32, 'Broken pipe'],
  ['ERANGE', 34, 'Numerical result out of range'],
  ['ENAMETOOLONG', 36, 'File name too long'],
  ['ENOSYS', 38, 'Function not implemented'],
  ['ENOTEMPTY', 39, 'Directory not empty'],
  ['ELOOP', 40, 'Too many levels of symbolic links'],
  ['ENODATA', 61, 'No data available'],
  ['EPROTO', 71, 'Protocol error'],
  ['EOVERFLOW', 75, 'Value too large for defined data type'],
  ['EILSEQ', 84, 'Invalid or incomplete multibyte or wide character'],
  ['EUSERS', 87, 'Too many users'],
  ['EOPNOTSUPP', 95, 'Operation not supported'],
  ['EADDRINUSE', 98, 'Address already in use'],
  ['EADDRNOTAVAIL', 99, 'Cannot assign requested address'],
  ['ENETDOWN', 100, 'Network is down'],
  ['ENETUNREACH', 101, 'Network is unreachable'],
  ['ECONNABORTED', 103, 'Software caused connection abort'],
  ['ECONNRESET', 104, 'Connection reset by peer'],
  ['ENOTCONN', 107, 'Transport endpoint is not connected'],
  ['ETIMEDOUT', 110, 'Connection timed out'],
  ['ECONNREFUSED', 111, 'Connection refused'],
  ['EHOSTUNREACH', 113, 'No route to host'],
  ['ESTALE', 116, 'Stale file handle'],
  ['EDQUOT', 122, 'Disk quota exceeded'],
  ['ECANCELED', 125, 'Operation canceled'],
] as const

export type ErrnoName = (typeof table)[number][0]

const numbers = new Map<string, number>(table.map(([name, number]) => [name, number]))
const names = new Map<number, ErrnoName>(table.map(([name, number]) => [number, name]))
const texts = new Map<string, string>(table.map(([name, , text]) => [name, text]))

export function errnoNumber(name: ErrnoName): number {
  return numbers.get(name)!
}

/** The name of a Linux errno number, or undefined when the table does not hold it. */
export function errnoName(number: number): ErrnoName | undefined {
  return names.get(number)
}

/** strerror(3)'s text. */
export function errnoText(name: ErrnoName): string {
  return texts.get(name)!
}

export function isErrnoName(value: unknown): value is ErrnoName {
  return typeof value === 'string' && numbers.has(value)
}
