/** When a process looked at its wall clock, and what that showed: the times between two sudden changes of either. */
import type { Happening } from './clock-life.ts';

/** A time in which a process was alive and its wall clock ran on. All instants are epoch milliseconds. */
export interface WallSpan {
  /** By the clock that is never set. */
  readonly fromMs: number;
  readonly untilMs: number;
  /** By the wall clock: at the start, and at the end. */
  readonly wallFromMs: number;
  readonly wallUntilMs: number;
  /** By how much the wall clock was set just before, under the eyes of the process. 0 if it began to look here. */
  readonly setByMs: number;
}

/** Smaller changes are those of a clock that drifts. */
const SUDDEN_MS = 100;

export function wallSpans(happenings: readonly Happening[], startSkewMs: number, endMs: number): WallSpan[] {
  const spans: WallSpan[] = [];
  let skewMs = startSkewMs;
  let open: { fromMs: number; wallFromMs: number; setByMs: number } | null = null;
  const close = (untilMs: number): void => {
    if (open !== null) spans.push({ ...open, untilMs, wallUntilMs: untilMs + skewMs });
    open = null;
  };
  for (const happening of happenings) {
    if (happening.what === 'down') close(happening.atMs);
    else if (happening.what === 'up')
      open = { fromMs: happening.atMs, wallFromMs: happening.atMs + skewMs, setByMs: 0 };
    else if (happening.what === 'set') {
      const { atMs, toMs } = happening;
      const byMs = toMs - skewMs;
      const isSeen = open !== null && Math.abs(byMs) >= SUDDEN_MS;
      if (isSeen) close(atMs);
      skewMs = toMs;
      if (isSeen) open = { fromMs: atMs, wallFromMs: atMs + skewMs, setByMs: byMs };
    }
  }
  close(endMs);
  return spans;
}

/** What the wall clock shows at each instant. */
export class WallTime {
  readonly #changes: { readonly atMs: number; readonly skewMs: number }[] = [];

  constructor(happenings: readonly Happening[], startSkewMs: number) {
    this.#changes.push({ atMs: Number.NEGATIVE_INFINITY, skewMs: startSkewMs });
    for (const happening of happenings) {
      if (happening.what === 'set') this.#changes.push({ atMs: happening.atMs, skewMs: happening.toMs });
    }
  }

  /** The latest that it showed within so many milliseconds before an instant: after it was set back, an earlier time. */
  latestWithin(beforeMs: number, atMs: number): number {
    const last = this.#changes.findLastIndex((change) => change.atMs <= atMs);
    let latestMs = Number.NEGATIVE_INFINITY;
    let untilMs = atMs;
    for (let index = last; index >= 0 && untilMs >= atMs - beforeMs; index -= 1) {
      const { atMs: sinceMs, skewMs } = this.#changes[index] as { atMs: number; skewMs: number };
      latestMs = Math.max(latestMs, untilMs + skewMs);
      untilMs = sinceMs;
    }
    return latestMs;
  }
}
