/** What became of one measurement. */

export interface Figure {
  readonly kind: 'figure'
  readonly value: number
  /** Of the mount's processes while it was measured; undefined where there are none. */
  readonly cpuSeconds: number | undefined
  readonly peakBytes: number | undefined
  /** Bytes through the network, where they are counted. */
  readonly wireBytes: number | undefined
  /** Bytes that the program asked for, where that is to be compared. */
  readonly askedBytes: number | undefined
  /** Data came to the server only after the program had ended; the value counts until then. */
  readonly isLate: boolean
}

export type Outcome =
  | Figure
  | { readonly kind: 'wrong'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'timeout'; readonly seconds: number }

/** A program read, or a server holds, other bytes than were written. */
export class WrongResult extends Error {}

export class TimeLimitExceeded extends Error {
  readonly seconds: number

  constructor(seconds: number, options?: ErrorOptions) {
    super(`not done after ${seconds} s`, options)
    this.seconds = seconds
  }
}

export function outcomeOf(error: unknown): Outcome {
  if (error instanceof WrongResult) return { kind: 'wrong', reason: error.message }
  if (error instanceof TimeLimitExceeded) return { kind: 'timeout', seconds: error.seconds }
  return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
