import { describe, expect, test } from 'vitest';
import { distribution, quantile } from '../../bench/distribution.ts';
import { idealLatenessMs } from '../../bench/tick-latency/ideal-queue.ts';

describe('the ideal queue', () => {
  test('starts what finds a free thread when it is due', () => {
    const arrivals = [0, 30, 60].map((dueAtMs) => ({ dueAtMs, serviceMs: 20 }));
    expect(idealLatenessMs(arrivals, 1)).toEqual([0, 0, 0]);
  });

  test('lets a burst wait for the threads that there are', () => {
    const arrivals = Array.from({ length: 5 }, () => ({ dueAtMs: 0, serviceMs: 20 }));
    expect(idealLatenessMs(arrivals, 2)).toEqual([0, 0, 20, 20, 40]);
  });

  test('serves in the order in which runs fall due', () => {
    const arrivals = [
      { dueAtMs: 10, serviceMs: 5 },
      { dueAtMs: 0, serviceMs: 20 },
    ];
    expect(idealLatenessMs(arrivals, 1)).toEqual([0, 10]);
  });
});

describe('a distribution', () => {
  test('takes quantiles from the values themselves', () => {
    const sorted = Array.from({ length: 100 }, (_, index) => index + 1);
    expect([0.5, 0.99, 1].map((share) => quantile(sorted, share))).toEqual([50, 99, 100]);
  });

  test('sums up values in any order', () => {
    expect(distribution([3, 1, 2])).toEqual({ count: 3, p50: 2, p90: 3, p99: 3, max: 3 });
  });
});
