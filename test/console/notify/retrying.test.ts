import { describe, expect, test } from 'vitest';
import { retryAfterMs, retryDelayMs } from '../../../src/console/notify/retrying.ts';

describe('how long to wait before the next attempt', () => {
  test('is twice as long after each, up to ten minutes', () => {
    const delays = [1, 2, 3, 4, 5, 10, 11, 100, 5_000].map((failures) => retryDelayMs(failures, () => 1));
    expect(delays).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 512_000, 600_000, 600_000, 600_000]);
  });

  test('is by half a matter of chance', () => {
    expect([0, 0.5].map((chance) => retryDelayMs(3, () => chance))).toEqual([2_000, 3_000]);
  });

  test.each([
    [null, 0],
    ['120', 120_000],
    ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
    ['Thu, 01 Jan 2020 00:01:00 GMT', 0],
    ['99999999', 3_600_000],
    ['soon', 0],
    ['-5', 0],
    ['', 0],
  ])('follows Retry-After as far as it makes sense: %s', (header, expected) => {
    expect(retryAfterMs(header, Date.UTC(2026, 0, 1))).toBe(expected);
  });
});
