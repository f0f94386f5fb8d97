import { quantile, rounded } from './distribution.ts';

/** The middle of several rounds, and how far they lie apart. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/**
 * Measures every variant once in each round. What else the machine does then meets all of them alike, and a figure may
 * be compared with the one of the same round. Every other round goes backwards, so that no variant always follows the
 * same one.
 */
export async function interleaved<Name extends string, Result>(
  rounds: number,
  variants: Readonly<Record<Name, () => Promise<Result>>>,
): Promise<Record<Name, Result[]>> {
  const names = Object.keys(variants) as Name[];
  const results = Object.fromEntries(names.map((name) => [name, [] as Result[]])) as Record<Name, Result[]>;
  for (let round = 0; round < rounds; round += 1) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) results[name].push(await variants[name]());
  }
  return results;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    median: rounded(quantile(sorted, 0.5)),
    min: rounded(quantile(sorted, 0)),
    max: rounded(quantile(sorted, 1)),
  };
}

/** `these` over `those`, round by round. */
export function ratioOf(these: readonly number[], those: readonly number[]): Spread {
  return spreadOf(these.map((value, round) => value / (those[round] ?? Number.NaN)));
}

/** As in a table: `9,500 (9,100–9,800)`. */
export function spreadText({ median, min, max }: Spread): string {
  const text = (value: number): string => value.toLocaleString('en', { maximumSignificantDigits: 3 });
  return `${text(median)} (${text(min)}–${text(max)})`;
}
