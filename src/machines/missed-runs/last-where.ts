/** Occurrences in order: the first of them is known, and no more than the last are looked at. */
export interface OccurrenceRange {
  readonly firstMs: number;
  readonly untilMs: number;
}

/**
 * The last occurrence of a range for which something holds, found by bisection. It must hold for the first one, and for
 * no occurrence after one for which it does not. Stepping would not do: a range may be empty except at its beginning,
 * and have a month of seconds there.
 */
export function lastWhere(
  next: (fromMs: number) => number,
  { firstMs, untilMs }: OccurrenceRange,
  holds: (occurrenceMs: number) => boolean,
): number {
  let lastMs = firstMs;
  // It holds for no occurrence between `noneFromMs` and `untilMs`.
  let noneFromMs = untilMs;
  while (lastMs < noneFromMs) {
    const middleMs = Math.floor((lastMs + noneFromMs) / 2);
    const nextMs = next(middleMs);
    if (nextMs <= untilMs && holds(nextMs)) lastMs = nextMs;
    else noneFromMs = middleMs;
  }
  return lastMs;
}
