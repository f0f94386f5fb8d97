import { describe, expect, test } from 'vitest';
import {
  type ClockReading,
  errorOf,
  isPossible,
  middleOf,
  type OffsetBounds,
  withReading,
} from '../../../src/machines/cluster-time/clock-offset.ts';
import { type Random, seededRandom } from '../../../src/testing/run-duration.ts';

const EPOCH = Date.UTC(2026, 0, 1);

const reading = (nowMs: number, askedAtMonotonicMs: number, answeredAtMonotonicMs: number): ClockReading => ({
  nowMs,
  askedAtMonotonicMs,
  answeredAtMonotonicMs,
});

/** The bounds after several readings. */
function known(...readings: readonly ClockReading[]): OffsetBounds {
  return readings.reduce<OffsetBounds | null>(withReading, null) as OffsetBounds;
}

describe('the bounds of the offset between two clocks', () => {
  test('are half a round trip around the middle after one reading', () => {
    const bounds = known(reading(EPOCH + 1_000, 400, 460));
    expect([middleOf(bounds), errorOf(bounds)]).toEqual([EPOCH + 570, 30]);
  });

  test('are those of the shortest round trip, whatever comes after it', () => {
    const bounds = known(reading(1_005, 0, 10), reading(1_101, 100, 102), reading(2_900, 200, 3_000));
    expect(middleOf(bounds)).toBeCloseTo(1_000, 3);
    expect(errorOf(bounds)).toBeLessThan(1.6);
  });

  test('are narrower than any reading when delays differ by direction', () => {
    // The question took all of the time in the first reading, and the answer in the second.
    const bounds = known(reading(1_010, 0, 10), reading(1_100, 100, 110));
    expect(middleOf(bounds)).toBeCloseTo(1_000, 1);
    expect(errorOf(bounds)).toBeLessThan(0.1);
  });

  test('widen with time, because clocks run at different speeds', () => {
    const early = reading(1_001, 0, 2);
    const late = reading(3_602_000, 3_600_000, 3_602_000);
    expect(errorOf(known(early, late))).toBeCloseTo(1 + 0.000_2 * 3_602_000, 0);
  });

  test('begin anew when a reading contradicts them: one of the clocks was set', () => {
    const bounds = known(reading(1_001, 0, 2), reading(8_101, 100, 102));
    expect([middleOf(bounds), errorOf(bounds)]).toEqual([8_000, 1]);
  });

  test.each<[string, ClockReading]>([
    ['no number', reading(Number.NaN, 0, 1)],
    ['a time that no date can have', reading(1e17, 0, 1)],
    ['an answer before the question', reading(EPOCH, 1, 0)],
    ['an answer that is yet to come', reading(EPOCH, 0, 11)],
    ['an instant that is no number', reading(EPOCH, Number.NaN, 1)],
  ])('cannot come from %s', (_what, wrong) => {
    expect(isPossible(wrong, 10)).toBe(false);
    expect(isPossible(reading(EPOCH, 0, 10), 10)).toBe(true);
  });
});

describe('the offset, over random networks', () => {
  interface Sample {
    readonly reading: ClockReading;
    /** The offset when the answer came. */
    readonly trueMs: number;
    readonly roundTripMs: number;
  }

  /** A network, two clocks that drift, and steps of one of them by `stepMs(random)` now and then: a seed decides. */
  function* samples(seed: number, stepMs: (random: Random) => number): Generator<Sample> {
    const random = seededRandom(seed);
    const maxDelayMs = 2 ** (random() * 10 - 3);
    const drift = (random() * 2 - 1) * 190e-6;
    let [monotonicMs, setByMs] = [random() * 1e9, 0];
    const offsetAt = (atMs: number): number => EPOCH + setByMs + drift * atMs;
    for (let count = 0; count < 400; count += 1) {
      monotonicMs += random() * 1_000;
      if (random() < 0.02) setByMs += stepMs(random);
      const askedAtMs = monotonicMs;
      const readAtMs = askedAtMs + random() ** 3 * maxDelayMs;
      monotonicMs = readAtMs + random() ** 3 * maxDelayMs;
      const each = reading(readAtMs + offsetAt(readAtMs), askedAtMs, monotonicMs);
      yield { reading: each, trueMs: offsetAt(monotonicMs), roundTripMs: monotonicMs - askedAtMs };
    }
  }

  /** By how much the middle is further off than `allowed` says, at worst. */
  function worst(
    stepMs: (random: Random) => number,
    allowed: (bounds: OffsetBounds, sample: Sample) => number,
  ): number {
    let worstMs = Number.NEGATIVE_INFINITY;
    for (let seed = 1; seed <= 200; seed += 1) {
      let bounds: OffsetBounds | null = null;
      for (const sample of samples(seed, stepMs)) {
        bounds = withReading(bounds, sample.reading);
        const errorMs = Math.abs(middleOf(bounds) - sample.trueMs);
        worstMs = Math.max(worstMs, errorMs - allowed(bounds, sample));
      }
    }
    return worstMs;
  }

  const never = (): number => 0;
  const byFar = (random: Random): number => (random() < 0.5 ? -1 : 1) * 10 ** (3 + random() * 8);
  const aLittle = (random: Random): number => (random() * 2 - 1) * 100;
  /** Of the drift during one round trip, and of doubles that hold epoch milliseconds. */
  const ROUNDING_MS = 0.05;

  test.each([
    ['clocks that nobody sets', never],
    ['a clock that is set by a second or much more, at once', byFar],
  ])('is never further from the truth than it says: %s', (_what, stepMs) => {
    expect(worst(stepMs, errorOf)).toBeLessThan(ROUNDING_MS);
  });

  test('is off by a round trip at most when a step hides in the delays of the network', () => {
    expect(worst(aLittle, (_bounds, { roundTripMs }) => roundTripMs)).toBeLessThan(ROUNDING_MS);
  });
});
