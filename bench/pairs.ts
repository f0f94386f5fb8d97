/**
 * What pairs of short windows say of a small difference. Two windows of a pair follow each other at once, in one process,
 * so that what the machine does otherwise meets both; and there are many, so that it is known how sure the answer is.
 */
import { quantile, rounded } from './distribution.ts';

/** A figure, and where it lies with a confidence of 95 %. */
export interface Estimate {
  readonly middle: number;
  readonly low: number;
  readonly high: number;
}

/** What was measured in the two windows of a pair, in the same unit. */
export interface Pair {
  readonly these: readonly number[];
  readonly those: readonly number[];
}

const CONFIDENCE = 0.95;
const RESAMPLES = 1_000;

/**
 * The median of values whose distribution is not known. Its bounds are two of the values, so many places from the middle
 * as a fair coin strays in so many throws.
 */
export function medianOf(values: readonly number[]): Estimate {
  const sorted = values.toSorted((a, b) => a - b);
  const count = sorted.length;
  // The normal approximation of the binomial distribution.
  const stray = (1.96 * Math.sqrt(count)) / 2;
  const at = (place: number): number => sorted[Math.min(Math.max(place, 0), count - 1)] ?? Number.NaN;
  return {
    middle: rounded(quantile(sorted, 0.5)),
    low: rounded(at(Math.floor(count / 2 - stray))),
    high: rounded(at(Math.ceil(count / 2 + stray))),
  };
}

/**
 * The ratio of a quantile of all windows together. A window is too short for its own 99th percentile to mean much. The
 * bounds come from resampled pairs (bootstrap), whole ones, because what disturbs one window lasts.
 */
export function pooledRatio(pairs: readonly Pair[], share: number): Estimate {
  const random = seeded(pairs.length);
  const [these, those] = [new Pool(pairs.map((pair) => pair.these)), new Pool(pairs.map((pair) => pair.those))];
  const ratioFor = (weights: readonly number[]): number =>
    these.quantile(share, weights) / those.quantile(share, weights);
  const resampled = Array.from({ length: RESAMPLES }, () => {
    const weights = pairs.map(() => 0);
    for (const _ of pairs) {
      const chosen = Math.floor(random() * pairs.length);
      weights[chosen] = (weights[chosen] ?? 0) + 1;
    }
    return ratioFor(weights);
  }).sort((a, b) => a - b);
  return {
    middle: rounded(ratioFor(pairs.map(() => 1))),
    low: rounded(quantile(resampled, (1 - CONFIDENCE) / 2)),
    high: rounded(quantile(resampled, (1 + CONFIDENCE) / 2)),
  };
}

/** The values of many windows, which is sorted once, however often its windows are weighed anew. */
class Pool {
  readonly #sizes: readonly number[];
  /** The largest first, each with its window. */
  readonly #values: readonly (readonly [value: number, window: number])[];

  constructor(windows: readonly (readonly number[])[]) {
    this.#sizes = windows.map(({ length }) => length);
    this.#values = windows
      .flatMap((values, window) => values.map((value) => [value, window] as const))
      .sort(([a], [b]) => b - a);
  }

  /** The quantile if each window were there so many times. It is a high one, so that it is found from above. */
  quantile(share: number, weights: readonly number[]): number {
    const count = this.#sizes.reduce((sum, size, window) => sum + size * (weights[window] ?? 0), 0);
    const above = count - Math.ceil(share * count);
    let seen = 0;
    for (const [value, window] of this.#values) {
      seen += weights[window] ?? 0;
      if (seen > above) return value;
    }
    return Number.NaN;
  }
}

/** Whether an estimate can tell that a figure is at most so much: yes, no, or that it cannot. */
export function verdictOn({ low, high }: Estimate, most: number): string {
  if (high <= most) return `at most ${most}`;
  return low > most ? `more than ${most}` : `cannot tell from ${most}`;
}

/** As in a table: `1.01 (0.99–1.03)`. */
export function estimateText({ middle, low, high }: Estimate): string {
  return `${middle.toFixed(3)} (${low.toFixed(3)}–${high.toFixed(3)})`;
}

/** A linear congruential generator, so that the same measurements give the same bounds. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
