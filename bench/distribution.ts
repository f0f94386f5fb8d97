/** The summary of many measurements, in their unit. */
export interface Distribution {
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** The smallest value that at least `share` of the sorted values do not exceed. NaN if there are no values. */
export function quantile(sorted: readonly number[], share: number): number {
  const rank = Math.ceil(share * sorted.length);
  return sorted[Math.max(rank - 1, 0)] ?? Number.NaN;
}

/** Sums up measurements, in any order. */
export function distribution(values: readonly number[]): Distribution {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    count: sorted.length,
    p50: rounded(quantile(sorted, 0.5)),
    p90: rounded(quantile(sorted, 0.9)),
    p99: rounded(quantile(sorted, 0.99)),
    max: rounded(quantile(sorted, 1)),
  };
}

/** Rounds to four significant digits, because more would be noise. */
export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
