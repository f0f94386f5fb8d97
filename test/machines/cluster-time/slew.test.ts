import { describe, expect, test } from 'vitest';
import { monotonicDelayMs, offsetAt, type Slew, steered } from '../../../src/machines/cluster-time/slew.ts';
import { seededRandom } from '../../../src/testing/run-duration.ts';

const around = (middleMs: number, errorMs = 0) => ({ lowMs: middleMs - errorMs, highMs: middleMs + errorMs, atMs: 0 });

describe('an offset that moves to a better one', () => {
  test('is right at once when it is the first', () => {
    expect(offsetAt(steered(null, around(1e12), 5), 5)).toBe(1e12);
  });

  test.each([4_900, -4_900, 3, -0.2])(
    'gets there within a minute, never by leaps and never backwards (%f ms)',
    (byMs) => {
      const slew = steered(steered(null, around(1e12), 0), around(1e12 + byMs), 0);
      const offsets = Array.from({ length: 60_001 }, (_, atMs) => offsetAt(slew, atMs));
      const paces = offsets.slice(1).map((offsetMs, index) => 1 + offsetMs - (offsets[index] as number));
      expect(Math.min(...paces)).toBeGreaterThan(0.89);
      expect(Math.max(...paces)).toBeLessThan(1.11);
      expect(offsets.at(-1)).toBe(1e12 + byMs);
    },
  );

  test.each([5_100, -5_100, 31_536_000_000])('leaps when it is certain to be far off (%i ms)', (byMs) => {
    const slew = steered(steered(null, around(1e12), 0), around(1e12 + byMs, 10), 0);
    expect(offsetAt(slew, 0)).toBe(1e12 + byMs);
  });

  test('does not leap because of a slow answer, which says little', () => {
    const slew = steered(steered(null, around(1e12), 0), around(1e12 + 8_000, 8_000), 0);
    expect(offsetAt(slew, 0)).toBe(1e12);
  });

  test('takes a new way from where it is', () => {
    const first = steered(steered(null, around(0), 0), around(1_000), 0);
    const second = steered(first, around(0), 2_000);
    expect([offsetAt(second, 2_000), offsetAt(second, 3_000), offsetAt(second, 9_000)]).toEqual([200, 100, 0]);
  });

  test('says exactly how long to sleep until an instant of the time that goes by it', () => {
    const random = seededRandom(3);
    for (let count = 0; count < 1_000; count += 1) {
      const start: Slew = steered(null, around(0), 0);
      const slew = steered(start, around((random() * 2 - 1) * 4_000), 0);
      const [fromMs, delayMs] = [random() * 60_000, random() * 60_000];
      const untilMs = fromMs + monotonicDelayMs(slew, fromMs, delayMs);
      const passedMs = untilMs + offsetAt(slew, untilMs) - fromMs - offsetAt(slew, fromMs);
      expect(passedMs).toBeCloseTo(delayMs, 6);
    }
  });
});
