/** How many values fell into each class. The classes are fixed, so that reports of different times can be subtracted. */
export interface HistogramReport {
  /** The upper bounds of the classes, in rising order; each bound belongs to its class. */
  readonly bounds: readonly number[];
  /** How many values each class has, not cumulative. There is one more than bounds: what is above the last one. */
  readonly counts: readonly number[];
  readonly sum: number;
}

/** Counts values in fixed classes. A value costs a short search and one increment in a typed array. */
export class FixedHistogram {
  readonly #bounds: readonly number[];
  readonly #counts: Float64Array;
  #sum = 0;

  /** @param bounds The upper bounds of the classes, in rising order. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  /** Negative values count as 0: they come from a clock that was set back. */
  add(value: number): void {
    const bounds = this.#bounds;
    const amount = Math.max(value, 0);
    let at = 0;
    while (at < bounds.length && amount > (bounds[at] as number)) at += 1;
    this.#counts[at] = (this.#counts[at] as number) + 1;
    this.#sum += amount;
  }

  report(): HistogramReport {
    return { bounds: this.#bounds, counts: [...this.#counts], sum: this.#sum };
  }
}
