import { describe, expect, test } from 'vitest';
import { jitterFor } from '../../../src/machines/calendar/jitter.ts';

describe('jitterFor', () => {
  test('is a whole number from 0 to the limit, both reached', () => {
    const delays = new Set(Array.from({ length: 2_000 }, (_, second) => jitterFor('p/s', second * 1_000, 9)));
    expect([...delays].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('is the same for the same schedule and occurrence, on every node', () => {
    expect(jitterFor('p/s', 1_767_225_600_000, 60_000)).toBe(jitterFor('p/s', 1_767_225_600_000, 60_000));
    expect(jitterFor('p/s', 1_767_225_600_000, 60_000)).not.toBe(jitterFor('p/t', 1_767_225_600_000, 60_000));
  });

  test('is uniform: over neighbouring occurrences, and over schedules of one occurrence', () => {
    const samples = 20_000;
    const buckets = 20;
    const chiSquare = (delayOf: (index: number) => number): number => {
      const counts = new Array<number>(buckets).fill(0);
      for (let index = 0; index < samples; index++) {
        const bucket = Math.floor((delayOf(index) / 10_000) * buckets);
        counts[bucket] = (counts[bucket] as number) + 1;
      }
      const expected = samples / buckets;
      return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    };
    // 19 degrees of freedom: beyond 50 lies less than one chance in 5,000.
    expect(chiSquare((index) => jitterFor('p/s', index * 1_000, 9_999))).toBeLessThan(50);
    expect(chiSquare((index) => jitterFor(`p/s${index}`, 1_767_225_600_000, 9_999))).toBeLessThan(50);
  });
});
