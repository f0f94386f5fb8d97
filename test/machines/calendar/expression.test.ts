import { CronExpression, CronExpressionParser } from 'cron-parser';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { parseExpression } from '../../../src/machines/calendar/expression.ts';
import { nextOccurrence } from '../../../src/machines/calendar/recurrence.ts';

describe('parseExpression', () => {
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
    ['@Daily', '@daily'],
    ['0 0 * * 0,7', '0 0 * * 0'],
    ['1-5,3-9,4 * * * *', '1-9 * * * *'],
    ['*/10,30-35 * * * *', '0,10,20,30-35,40,50 * * * *'],
    ['0 0 l * *', '0 0 L * *'],
    ['0 0 * * FRIL', '0 0 * * 5L'],
    ['0 0 15w * *', '0 0 15W * *'],
    ['1w', '7d'],
    ['PT5M', '5m'],
    ['PT1H30M', '90m'],
    ['P1D', '1d'],
    ['P1W', '1w'],
    ['P1DT12H', '36h'],
    ['PT0.5S', '500ms'],
    ['pt1,5m', '90s'],
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
