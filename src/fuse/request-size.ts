/** How large the requests of a mount get. */

import type { MountOptions } from './backend.ts'

/** The most that a kernel allows without further settings: fs.fuse.max_pages_limit of 4 KiB. */
export const maxRequestBytes = 2 ** 20

/** The largest read(2) request of a mount. */
export function maxReadBytes({ maxReadBytes: wanted = maxRequestBytes }: MountOptions): number {
  return Math.min(wanted, maxRequestBytes)
}
