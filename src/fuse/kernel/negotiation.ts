/**
 * INIT: what the kernel offers and we want. Unknown offers are ignored, nothing is answered that was
 * not offered. What is asked for stands below with its reason; for what is not asked for, on purpose,
 * see docs/decisions/fuse-kernel-protocol.md.
 */

import { ErrnoError } from '../../support/errno-error.ts'
import { maxRequestBytes } from '../request-size.ts'
import { initFlags as flag, protocolMajor, protocolMinor, protocolMinorFloor } from './flags.ts'
import type { CodecValue } from './struct.ts'
import type { initIn, initOut } from './session-structs.ts'

export type Offer = CodecValue<typeof initIn>
export type Agreement = CodecValue<typeof initOut>

/** The kernel's pages where it counts requests in pages. */
const pageBytes = 4096

const maxPages = maxRequestBytes / pageBytes

/** The most without MAX_PAGES (Linux before 4.20). */
const maxPagesDefault = 32

/** Read-ahead and other asynchronous requests under way: 64 MiB of reads. */
const maxBackground = 64
/** From here on the kernel skips optional read-ahead; libfuse's and the kernel's ratio. */
const congestionThreshold = (maxBackground * 3) / 4

const wanted =
  // Reads of one file overtake each other, 1 MiB each way.
  flag.ASYNC_READ |
  flag.ASYNC_DIO |
  flag.BIG_WRITES |
  flag.MAX_PAGES |
  // OPEN truncates too: one request less, and no moment in which the file is long.
  flag.ATOMIC_O_TRUNC |
  // `ls -l` without a request for each name; AUTO: only when attributes are wanted.
  flag.DO_READDIRPLUS |
  flag.READDIRPLUS_AUTO |
  // The file system orders what happens in a directory itself.
  flag.PARALLEL_DIROPS |
  // A connection that somebody cut (fusectl's `abort`) leaves a dead mount: not an unmount.
  flag.ABORT_ERROR |
  // The target of a link stays as it is for the life of its inode.
  flag.CACHE_SYMLINKS

/** A higher major is not an agreement yet: told ours, the kernel asks again with it. */
export function isFinal(offer: Offer): boolean {
  return offer.major === protocolMajor
}

/** EPROTO when the kernel is too old. */
export function negotiate(offer: Offer, maxReadAheadBytes: number): Agreement {
  const { major, minor } = offer
  const tooOld = major < protocolMajor || (isFinal(offer) && minor < protocolMinorFloor)
  if (tooOld) {
    throw new ErrnoError(
      'EPROTO',
      `the kernel speaks FUSE ${major}.${minor}, needed is ${protocolMajor}.${protocolMinorFloor}`,
    )
  }
  const flags = offer.flags & wanted
  const pages = flags & flag.MAX_PAGES ? maxPages : maxPagesDefault
  return {
    major: protocolMajor,
    minor: isFinal(offer) ? Math.min(minor, protocolMinor) : protocolMinor,
    max_readahead: Math.min(offer.max_readahead, maxReadAheadBytes),
    flags,
    max_background: maxBackground,
    congestion_threshold: congestionThreshold,
    max_write: pages * pageBytes,
    time_gran: 1,
    max_pages: pages,
    // None of them is asked for, so INIT_EXT is not either.
    flags2: 0,
  }
}
