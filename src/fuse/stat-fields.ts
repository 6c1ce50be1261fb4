/** Fields of struct stat that do not come from the far side. */

import { maxRequestBytes } from './request-size.ts'

/** The unit of st_blocks, whatever the block size (stat(2)). */
const statBlockBytes = 512

/**
 * st_blksize, which programs take as the size of their reads and writes. Each write(2) is one
 * request, so the largest request makes copying fastest; NFS reports the same.
 */
export const preferredIoBytes = maxRequestBytes

export function blocksOf(size: number): number {
  return Math.ceil(size / statBlockBytes)
}
