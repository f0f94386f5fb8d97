import { describe, expect, test } from 'vitest';
import { looksLikeInterval, parseInterval } from '../../../src/machines/calendar/duration.ts';

describe('parseInterval', () => {
  test.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['007s', 7_000],
    ['1w', 604_800_000],
    ['365250d', 31_557_600_000_000],
  ])('reads %s as %i ms', (text, milliseconds) => {
    expect(parseInterval(text)).toBe(milliseconds);
  });

  test.each(['', 's', '5', '5 s', '5S', '-5s', '+5s', '1.5s', '1e3s', '5sec', '5s5s', '５s', '5s\n'])(
    'refuses %j',
    (text) => {
      expect(parseInterval(text)).toContain('an interval must be a whole number and a unit (ms, s, m, h, d or w)');
    },
  );

  test.each([
    ['0s', 'at least 1ms'],
    ['365251d', 'at most a thousand years'],
    [`${'9'.repeat(400)}d`, 'at most a thousand years'],
  ])('refuses %s: %s', (text, reason) => {
    expect(parseInterval(text)).toContain(reason);
  });

  test('tells an interval from a cron expression', () => {
    expect(['30s', '1.5h', '5weeks', '0x1f'].filter(looksLikeInterval)).toHaveLength(4);
    expect(['5', '* * * * *', '0 0 * * fri', '@daily', ''].filter(looksLikeInterval)).toEqual([]);
  });
});
