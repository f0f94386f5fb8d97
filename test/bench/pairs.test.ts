import { describe, expect, test } from 'vitest';
import { medianOf, type Pair, pooledRatio, seeded, verdictOn } from '../../bench/pairs.ts';

/** Windows of requests, of which one in fifty is slow, where the machine itself is slower in some rounds. */
function rounds(count: number, factor: number): Pair[] {
  const random = seeded(7);
  return Array.from({ length: count }, () => {
    const machine = 1 + random() * 2;
    const window = (times: number): number[] =>
      Array.from({ length: 200 }, () => times * machine * (random() < 0.02 ? 4 + random() : 2 + random()));
    return { these: window(factor), those: window(1) };
  });
}

describe('a small difference between pairs of windows', () => {
  test('is found where it is, however much the rounds differ', () => {
    const { middle, low, high } = pooledRatio(rounds(100, 1.3), 0.99);
    expect(low).toBeGreaterThan(1.02);
    expect(high).toBeLessThan(1.6);
    expect(low).toBeLessThanOrEqual(middle);
    expect(high).toBeGreaterThanOrEqual(middle);
  });

  test('is not found where there is none', () => {
    const { low, high } = pooledRatio(rounds(100, 1), 0.99);
    expect(low).toBeLessThan(1);
    expect(high).toBeGreaterThan(1);
  });

  test('is known better from more pairs', () => {
    const width = (count: number): number => {
      const { low, high } = pooledRatio(rounds(count, 1), 0.99);
      return high - low;
    };
    expect(width(100)).toBeLessThan(width(6));
  });

  test('has the same bounds whenever the same measurements are looked at', () => {
    expect(pooledRatio(rounds(20, 1), 0.99)).toEqual(pooledRatio(rounds(20, 1), 0.99));
  });
});

describe('a median', () => {
  test('has bounds that are values around it, and no value beyond what there is', () => {
    const values = Array.from({ length: 101 }, (_, index) => index);
    expect(medianOf(values)).toEqual({ middle: 50, low: 40, high: 61 });
    expect(medianOf([3, 1, 2])).toEqual({ middle: 2, low: 1, high: 3 });
  });
});

test.each([
  [{ middle: 1, low: 0.98, high: 1.01 }, 'at most 1.02'],
  [{ middle: 1.05, low: 1.03, high: 1.07 }, 'more than 1.02'],
  [{ middle: 1, low: 0.9, high: 1.1 }, 'cannot tell from 1.02'],
])('%j says: %s', (estimate, verdict) => expect(verdictOn(estimate, 1.02)).toBe(verdict));
