/**
 * Mode, owner and times that a program has set of a file while bytes of it were on their way: they
 * follow the last of these, and count for whoever looks at the file here until then. Immutable.
 *
 * The order is kept as POSIX has it: a write after the change gives a new mtime, so only that is
 * dropped then; a later change of the same attribute wins.
 */

import type { RemoteAttributes } from './attributes.ts'
import type { NewAttributes } from './remote.ts'

/** Set-user-ID and set-group-ID: chown takes them away, and so does a write. */
const privilegeBits = 0o6000
/** Seconds of 31 bits: what every file system keeps, so that no refusal comes late. */
const latestNs = 2n ** 31n * 1_000_000_000n

/**
 * True of changes that the far side will neither refuse to the owner of the file nor carry out
 * otherwise for being late. `known`: what it has told of the file within the time limit.
 */
export function canBeDeferred(wanted: NewAttributes, known: Partial<RemoteAttributes>): boolean {
  const { mode, uid, gid, atimeNs, mtimeNs } = wanted
  const isSameOwner =
    (uid === undefined || uid === known.uid) && (gid === undefined || gid === known.gid)
  return isSameOwner && isPlain(mode) && isPlain(known.mode) && [atimeNs, mtimeNs].every(isOrdinary)
}

function isPlain(mode: number | undefined): boolean {
  return ((mode ?? 0) & privilegeBits) === 0
}

function isOrdinary(time: bigint | 'now' | undefined): boolean {
  return typeof time !== 'bigint' || (time >= 0n && time < latestNs)
}

export class DeferredAttributes {
  /** For the far side. */
  readonly wanted: NewAttributes
  /** When the last of them was set: ctime, and what `now` means. */
  readonly setNs: bigint

  constructor(wanted: NewAttributes, setNs: bigint) {
    this.wanted = wanted
    this.setNs = setNs
  }

  get mode(): number | undefined {
    return this.wanted.mode
  }

  get mtimeNs(): bigint | undefined {
    return this.#time(this.wanted.mtimeNs)
  }

  get atimeNs(): bigint | undefined {
    return this.#time(this.wanted.atimeNs)
  }

  with(wanted: NewAttributes, setNs: bigint): DeferredAttributes {
    return new DeferredAttributes({ ...this.wanted, ...wanted }, setNs)
  }

  /** What is left when the content changes; undefined: nothing. */
  withoutModification(): DeferredAttributes | undefined {
    const { mtimeNs: _, ...rest } = this.wanted
    return Object.keys(rest).length > 0 ? new DeferredAttributes(rest, this.setNs) : undefined
  }

  #time(time: bigint | 'now' | undefined): bigint | undefined {
    return time === 'now' ? this.setNs : time
  }
}
