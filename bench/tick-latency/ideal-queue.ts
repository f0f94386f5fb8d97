/** One run as the ideal queue sees it. */
export interface Arrival {
  readonly dueAtMs: number;
  readonly serviceMs: number;
}

/**
 * The least lateness that these runs can have on this number of threads: first come, first served, with no cost but the
 * runs themselves. A scheduler is compared with this, not with zero.
 */
export function idealLatenessMs(arrivals: readonly Arrival[], threads: number): number[] {
  const freeAtMs = Array.from({ length: threads }, () => Number.NEGATIVE_INFINITY);
  const inOrder = arrivals.toSorted((a, b) => a.dueAtMs - b.dueAtMs);
  return inOrder.map(({ dueAtMs, serviceMs }) => {
    const earliest = freeAtMs.indexOf(Math.min(...freeAtMs));
    const startMs = Math.max(dueAtMs, freeAtMs[earliest] ?? dueAtMs);
    freeAtMs[earliest] = startMs + serviceMs;
    return startMs - dueAtMs;
  });
}
