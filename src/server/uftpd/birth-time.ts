import { statSync, type BigIntStats } from 'node:fs'

/**
 * Node tells 0 where a file system does not know when a file was made. Where the kernel cannot be
 * asked at all (statx is missing or forbidden) it tells the change time instead, for every file: also
 * for those of /proc, of which nobody knows it.
 */
const isTold = statSync('/proc', { bigint: true, throwIfNoEntry: false })?.birthtimeNs === 0n

/** When a file was made, in nanoseconds since the epoch; undefined: not known. */
export function birthTimeOf({ birthtimeNs }: Pick<BigIntStats, 'birthtimeNs'>): bigint | undefined {
  return isTold && birthtimeNs !== 0n ? birthtimeNs : undefined
}
