import { describe, expect, test } from 'vitest';
import { FixedHistogram } from '../../../src/supervisor/recording/fixed-histogram.ts';

describe('FixedHistogram', () => {
  test('counts a value in the first class whose bound it does not exceed', () => {
    const histogram = new FixedHistogram([1, 10, 100]);
    for (const value of [0, 1, 1.5, 10, 10.001, 100, 101]) histogram.add(value);
    expect(histogram.report()).toEqual({ bounds: [1, 10, 100], counts: [2, 2, 2, 1], sum: 223.501 });
  });

  test('counts what a clock that was set back makes negative as 0', () => {
    const histogram = new FixedHistogram([1]);
    histogram.add(-5_000);
    expect(histogram.report()).toEqual({ bounds: [1], counts: [1, 0], sum: 0 });
  });

  test('gives a report that later values do not change', () => {
    const histogram = new FixedHistogram([1]);
    const before = histogram.report();
    histogram.add(3);
    expect([before.counts, histogram.report().counts]).toEqual([
      [0, 0],
      [0, 1],
    ]);
  });
});
