/** A half-open range of bytes in a file: `start` inclusive, `end` exclusive. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

export function rangeLength(range: ByteRange): number {
  return Math.max(0, range.end - range.start)
}
