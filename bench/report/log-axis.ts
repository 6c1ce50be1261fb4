/** A logarithmic axis: where values lie on it, and which of them are named. */

export class LogAxis {
  readonly ticks: readonly number[]
  readonly #low: number
  readonly #high: number
  readonly #from: number
  readonly #to: number

  /** `from` and `to` are where the lowest and highest tick lie. */
  constructor(
    values: readonly number[],
    from: number,
    to: number,
    ticks: readonly number[] = decades(values),
  ) {
    this.ticks = ticks
    this.#low = Math.log10(ticks[0]!)
    this.#high = Math.log10(ticks.at(-1)!)
    this.#from = from
    this.#to = to
  }

  place(value: number): number {
    const part = (Math.log10(value) - this.#low) / (this.#high - this.#low || 1)
    return this.#from + part * (this.#to - this.#from)
  }
}

/** 1, 10, 100 around all values; with 3, 30 in between when those would be few. */
function decades(values: readonly number[]): number[] {
  const low = Math.floor(Math.log10(Math.min(...values)))
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))))
  const steps = high - low <= 2 ? [1, 3] : [1]
  const ticks: number[] = []
  for (let exponent = low; exponent < high; exponent++) {
    for (const step of steps) ticks.push(step * 10 ** exponent)
  }
  return [...ticks, 10 ** high]
}
