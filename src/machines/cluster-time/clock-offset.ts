/**
 * How far another clock is ahead of ours, from readings that travel over a network.
 *
 * The other clock was read at some moment between question and answer. So each reading bounds the offset from both
 * sides, and a short round trip bounds it well. The bounds of several readings are intersected. Between two readings
 * they widen a little, because clocks run at different speeds. A slow answer has wide bounds, and so changes nothing.
 *
 * When a reading contradicts the bounds, one of the clocks was set, and only the new reading counts.
 */

/** The wall time of another clock, read between two instants of this process's monotonic clock. */
export interface ClockReading {
  /** Epoch milliseconds. */
  readonly nowMs: number;
  /** Monotonic milliseconds, as `process.hrtime()` counts them. */
  readonly askedAtMonotonicMs: number;
  /** When the answer came, on the monotonic clock of this machine, in milliseconds. */
  readonly answeredAtMonotonicMs: number;
}

/** Between which values the offset lies: the other clock's epoch milliseconds less our monotonic milliseconds. */
export interface OffsetBounds {
  readonly lowMs: number;
  readonly highMs: number;
  /** When that was known, monotonic milliseconds. */
  readonly atMs: number;
}

/** How much faster or slower one clock may run than the other. Quartz is off by less than 100 ppm. */
const DRIFT = 200e-6;

/** The last instant that a `Date` can hold. */
const MAX_EPOCH_MS = 8.64e15;

/** Whether a reading can be true: a backend may be anybody's, and its answer anything. */
export function isPossible(reading: ClockReading, monotonicMs: number): boolean {
  const { nowMs, askedAtMonotonicMs, answeredAtMonotonicMs } = reading;
  const isEpoch = Math.abs(nowMs) <= MAX_EPOCH_MS;
  return isEpoch && askedAtMonotonicMs <= answeredAtMonotonicMs && answeredAtMonotonicMs <= monotonicMs;
}

/** What is known once a reading has come in. `known` is null before the first one. */
export function withReading(known: OffsetBounds | null, reading: ClockReading): OffsetBounds {
  const { nowMs, askedAtMonotonicMs, answeredAtMonotonicMs: atMs } = reading;
  const read = { lowMs: nowMs - atMs, highMs: nowMs - askedAtMonotonicMs, atMs };
  if (known === null) return read;
  const driftMs = Math.abs(atMs - known.atMs) * DRIFT;
  const lowMs = Math.max(read.lowMs, known.lowMs - driftMs);
  const highMs = Math.min(read.highMs, known.highMs + driftMs);
  return lowMs <= highMs ? { lowMs, highMs, atMs: Math.max(atMs, known.atMs) } : read;
}

/** The best guess: the offset if both ways took equally long. */
export function middleOf({ lowMs, highMs }: OffsetBounds): number {
  return (lowMs + highMs) / 2;
}

/** By how much the best guess may be wrong. */
export function errorOf({ lowMs, highMs }: OffsetBounds): number {
  return (highMs - lowMs) / 2;
}
