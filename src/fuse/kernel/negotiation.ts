/**
 * INIT: what the kernel offers and we want. Unknown offers are ignored.
 *
 * Not asked for, on purpose: WRITEBACK_CACHE (data would lie in the kernel after close),
 * POSIX_LOCKS and FLOCK_LOCKS (locks work between the programs of this machine, in the kernel),
 * DONT_MASK (the kernel applies the umask), HANDLE_KILLPRIV (the kernel itself then clears set-uid
 * bits by SETATTR, visible to every cache), AUTO_INVAL_DATA (the file system names what changed).
 */

import { ErrnoError } from '../../support/errno-error.ts'
import { initFlags as flag, protocolMajor, protocolMinor, protocolMinorFloor } from './flags.ts'
import type { CodecValue } from './struct.ts'
import type { initIn, initOut } from './structs.ts'

export type Offer = CodecValue<typeof initIn>
export type Agreement = CodecValue<typeof initOut>

/** The kernel's pages where it counts requests in pages. */
const pageBytes = 4096

/** The most that a kernel allows without further settings (fs.fuse.max_pages_limit). */
const maxPages = 256

/** The most without MAX_PAGES (Linux before 4.20). */
const maxPagesDefault = 32

/** The largest WRITE that any kernel will send. */
export const maxWriteBytes = maxPages * pageBytes

/** Read-ahead and other asynchronous requests under way: 64 MiB of reads. */
const maxBackground = 64
/** From here on the kernel skips optional read-ahead; libfuse's and the kernel's ratio. */
const congestionThreshold = (maxBackground * 3) / 4

const wanted =
  flag.ASYNC_READ |
  flag.ATOMIC_O_TRUNC |
  flag.BIG_WRITES |
  flag.DO_READDIRPLUS |
  flag.READDIRPLUS_AUTO |
  flag.ASYNC_DIO |
  flag.PARALLEL_DIROPS |
  flag.MAX_PAGES

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
    flags2: 0,
  }
}
