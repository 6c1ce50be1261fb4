import type { MountOptions } from './backend.ts'

/** What the kernel asks for at most in one request (FUSE_MAX_MAX_PAGES of 4 KiB). */
const maxRequestBytes = 2 ** 20

/** The largest read(2) request of a mount. */
export function maxReadBytes({ maxReadBytes: wanted = maxRequestBytes }: MountOptions): number {
  return Math.min(wanted, maxRequestBytes)
}
