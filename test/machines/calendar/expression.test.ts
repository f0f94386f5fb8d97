import { CronExpression, CronExpressionParser } from 'cron-parser';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { InvalidExpressionError } from '../../../src/errors.ts';
import { parseExpression } from '../../../src/machines/calendar/expression.ts';
import { nextOccurrence } from '../../../src/machines/calendar/recurrence.ts';

function reasonOf(source: string): string {
  try {
    parseExpression(source);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidExpressionError);
    return (error as InvalidExpressionError).reason;
  }
  return 'accepted';
}

describe('parseExpression', () => {
  test.each([
    ['', 'it must not be empty'],
    ['   ', 'it must not be empty'],
    ['*', 'it must have 5 or 6 fields, and has 1'],
    ['5', 'it must have 5 or 6 fields, and has 1'],
    ['* * * *', 'it must have 5 or 6 fields, and has 4'],
    ['* * * * * * *', 'it must have 5 or 6 fields, and has 7'],
    ['60 * * * *', 'minute 60 must be within 0–59'],
    ['61 * * * *', 'minute 61 must be within 0–59'],
    ['60 * * * * *', 'second 60 must be within 0–59'],
    ['0 24 * * *', 'hour 24 must be within 0–23'],
    ['0 0 0 * *', 'day of month 0 must be within 1–31'],
    ['0 0 32 * *', 'day of month 32 must be within 1–31'],
    ['0 0 1 13 *', 'month 13 must be within 1–12'],
    ['0 0 * * 8', 'day of week 8 must be within 0–7'],
    ['*/0 * * * *', 'minute step 0 must be within 1–59'],
    ['*/ * * * *', 'minute step "" must be a whole number'],
    ['1/2/3 * * * *', 'minute "1/2/3" has more than one step'],
    ['/15 * * * *', 'minute has a step without a range: write "*" before it'],
    ['1,,2 * * * *', 'minute has an empty list item'],
    ['1, * * * *', 'minute has an empty list item'],
    ['1x * * * *', 'minute "1x" must be a number from 0 to 59'],
    ['0x10 * * * *', 'minute "0x10" must be a number from 0 to 59'],
    ['1e1 * * * *', 'minute "1e1" must be a number from 0 to 59'],
    ['+5 * * * *', 'minute "+5" must be a number from 0 to 59'],
    ['-5 * * * *', 'minute "" must be a number from 0 to 59'],
    ['５ * * * *', 'minute "５" must be a number from 0 to 59'],
    ['1-2-3 * * * *', 'minute "1-2-3" must be a range such as 0-59'],
    ['6-1 * * * *', 'minute range 6-1 must not run backwards'],
    ['0 17-9 * * *', 'hour range 17-9 must not run backwards'],
    ['? * * * *', '"?" works only in the day fields, not as the minute'],
    ['0 0 1 january *', 'month "january" must be a number from 1 to 12, or one of jan, feb, mar, apr'],
    ['0 0 * * 1#6', 'day of week "1#6": the number after "#" must be within 1–5'],
    ['0 0 * * 1#0', 'day of week "1#0": the number after "#" must be within 1–5'],
    ['0 0 * * L', 'day of week "L" must be the last ("5L") or the nth ("1#2") of a month'],
    ['TZ=UTC * * * * *', 'second "TZ=UTC" must be a number from 0 to 59'],
    ['@Daily', 'a nickname must be one of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly'],
    ['@reboot', 'a nickname must be one of @yearly'],
    ['0 0 31 2 *', 'it never falls due'],
    ['0 0 30 2 *', 'it never falls due'],
    ['0s', 'an interval must be at least 1ms'],
    ['1.5s', 'an interval must be a whole number and a unit (ms, s, m, h or d)'],
    ['5w', 'an interval must be a whole number and a unit (ms, s, m, h or d)'],
    ['99999999d', 'an interval must be at most a thousand years'],
    [`${'1,'.repeat(200)}1 * * * *`, 'it must have at most 256 characters, and has 409'],
  ])('refuses %j', (source, reason) => {
    expect(reasonOf(source)).toContain(reason);
  });

  test.each([
    ['*\t*  *\t * *', '* * * * *'],
    ['  0 0 * * *  ', '0 0 * * *'],
    ['00 00 * * *', '0 0 * * *'],
    ['0 0 * * 7', '0 0 * * 0'],
    ['0 0 * * SUN', '0 0 * * sun'],
    ['0 0 * JAN,Feb mOn', '0 0 * 1,2 1'],
    ['0 0 * * 5-7', '0 0 * * 5,6,0'],
    ['0 0 ? * MON-FRI', '0 0 * * 1-5'],
    ['@midnight', '0 0 * * *'],
    ['@daily', '0 0 * * *'],
    ['@weekly', '0 0 * * 0'],
    ['@monthly', '0 0 1 * *'],
    ['@yearly', '0 0 1 1 *'],
    ['@annually', '@yearly'],
    ['@hourly', '0 * * * *'],
    ['0 * * * * *', '* * * * *'],
    ['60s', '1m'],
    ['60m', '1h'],
    ['24h', '1d'],
    ['1000ms', '1s'],
  ])('reads %j as %j', (source, same) => {
    let fromMs = Date.UTC(2026, 0, 1, 0, 0, 0, 1);
    for (let step = 0; step < 50; step++) {
      const nextMs = nextOccurrence(parseExpression(source), 'UTC', fromMs);
      expect(nextMs).toBe(nextOccurrence(parseExpression(same), 'UTC', fromMs));
      fromMs = nextMs;
    }
  });

  test('derives H from the seed: the same for one schedule, spread over many', () => {
    const minuteOf = (seed: string): number =>
      new Date(nextOccurrence(parseExpression('H * * * *', { seed }), 'UTC', 0)).getUTCMinutes();
    expect(minuteOf('p/a')).toBe(minuteOf('p/a'));
    const minutes = new Set(Array.from({ length: 600 }, (_, index) => minuteOf(`p/${index}`)));
    expect(minutes.size).toBeGreaterThan(50);
  });

  test('derives H from the expression itself without a seed, and never by chance', () => {
    const next = (source: string): number => nextOccurrence(parseExpression(source), 'UTC', 0);
    const first = next('H H * * *');
    // This many others push the calendar of the first one out of the cache.
    for (let index = 0; index < 700; index++) next(`${index % 60} ${Math.floor(index / 60)} * * *`);
    expect(next('H H * * *')).toBe(first);
  });

  test('limits H to days that every month and every week has, whatever the seed', () => {
    for (let index = 0; index < 200; index++) {
      const seed = `p/${index}`;
      expect(parseExpression('0 0 H 2 *', { seed }).kind).toBe('calendar');
      expect(parseExpression('0 0 * * H/7', { seed }).kind).toBe('calendar');
    }
  });

  test('keeps the seed only if there is an H, so that schedules share all other calendars', () => {
    expect(parseExpression('0 0 * MAR THU', { seed: 'p/s' })).not.toHaveProperty('seed');
    expect(parseExpression('0 H * * THU', { seed: 'p/s' })).toHaveProperty('seed', 'p/s');
  });

  test('has each of ten thousand distinct expressions parsed once, and its next occurrence found without the parser', () => {
    const parse = vi.spyOn(CronExpressionParser, 'parse');
    const walks = [vi.spyOn(CronExpression.prototype, 'next'), vi.spyOn(CronExpression.prototype, 'prev')];
    onTestFinished(() => void vi.restoreAllMocks());
    for (let index = 0; index < 10_000; index++) {
      const source = `${index % 60} ${Math.floor(index / 60) % 24} ${1 + Math.floor(index / 1_440)} * *`;
      nextOccurrence(parseExpression(source), 'UTC', 0);
    }
    expect(parse).toHaveBeenCalledTimes(10_000);
    for (const walk of walks) expect(walk).not.toHaveBeenCalled();
  });
});
