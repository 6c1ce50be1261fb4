/** Inode numbers that stay the same over forgetting, and where the far side tells, over mounts. */

/** The far side's own inode number out of a file id `DEVICE:NUMBER`, if it is exact in JavaScript. */
export function numberOfFile(fileId: string | undefined): number | undefined {
  const digits = fileId && /^\d+:(\d+)$/.exec(fileId)?.[1]
  const number = Number(digits)
  return digits && Number.isSafeInteger(number) ? number : undefined
}

/**
 * 53 bits of a path, so that numbers stay exact in JavaScript; two 32-bit FNV-1a style lanes with
 * different multipliers. Not for security: a collision costs only a step to the next number.
 */
export function numberOfPath(path: string): number {
  let low = 0x811c9dc5
  let high = 0x9e3779b9
  for (let index = 0; index < path.length; index++) {
    const unit = path.charCodeAt(index)
    low = Math.imul(low ^ unit, 0x01000193)
    high = Math.imul(high ^ unit, 0x85ebca6b)
  }
  low = Math.imul(low ^ (low >>> 16), 0x7feb352d)
  high = Math.imul(high ^ (high >>> 15), 0x846ca68b)
  return ((high ^ low) & 0x1fffff) * 2 ** 32 + ((low ^ (high >>> 13)) >>> 0)
}
