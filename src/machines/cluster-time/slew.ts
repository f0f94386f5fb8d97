/**
 * Moves an offset between clocks towards a better one. Time that goes by it never runs backwards and hardly changes its
 * pace, unless the offset is so wrong that gliding there would take too long: then it jumps.
 */
import { middleOf, type OffsetBounds } from './clock-offset.ts';

/** How fast the offset moves, in milliseconds for each millisecond: an error of 5 s is gone in 50 s. */
const SLEW_RATE = 0.1;
/** An offset that is certain to be wrong by more than this jumps. */
export const STEP_MS = 5_000;

/** An offset under way. The instant is of the monotonic clock. */
export interface Slew {
  readonly fromMs: number;
  readonly targetMs: number;
  readonly sinceMs: number;
}

export function offsetAt({ fromMs, targetMs, sinceMs }: Slew, monotonicMs: number): number {
  const wayMs = targetMs - fromMs;
  const movedMs = Math.max(monotonicMs - sinceMs, 0) * SLEW_RATE;
  return movedMs >= Math.abs(wayMs) ? targetMs : fromMs + Math.sign(wayMs) * movedMs;
}

/** The way on, now that the offset is known to lie between `bounds`. `slew` is null for the first offset. */
export function steered(slew: Slew | null, bounds: OffsetBounds, monotonicMs: number): Slew {
  const targetMs = middleOf(bounds);
  const fromMs = slew === null ? targetMs : offsetAt(slew, monotonicMs);
  const certainErrorMs = Math.max(bounds.lowMs - fromMs, fromMs - bounds.highMs);
  return { fromMs: certainErrorMs > STEP_MS ? targetMs : fromMs, targetMs, sinceMs: monotonicMs };
}

/** How many monotonic milliseconds it takes until `delayMs` have passed by the time that goes by the offset. */
export function monotonicDelayMs(slew: Slew, monotonicMs: number, delayMs: number): number {
  const wayMs = slew.targetMs - offsetAt(slew, monotonicMs);
  const pace = 1 + Math.sign(wayMs) * SLEW_RATE;
  const slewingMs = Math.abs(wayMs) / SLEW_RATE;
  return delayMs <= slewingMs * pace ? delayMs / pace : delayMs - wayMs;
}
