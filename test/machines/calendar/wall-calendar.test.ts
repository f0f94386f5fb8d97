import { CronExpressionParser } from 'cron-parser';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CYCLE_DAYS } from '../../../src/machines/calendar/calendar-days.ts';
import { calendarProblem, wallCalendar } from '../../../src/machines/calendar/wall-calendar.ts';

const seconds = fc.constantFrom('0', '*/7', '5,50', '*');
const minutes = fc.constantFrom('*', '*/15', '0', '0,30', '10-50/20', '59', '7/9');
const hours = fc.constantFrom('*', '*/5', '0', '1,2,3', '23', '2-4');
const days = fc.constantFrom('*', '?', '15', 'L', '31', '29,30', '*/2', '1-7', 'L,15');
const months = fc.constantFrom('*', '2', 'JAN-mar', '*/3', '2,11');
const weekdays = fc.constantFrom('*', '?', '0', '7', '6,7', '1-5', '5L', '1#5', 'mon#1', '1,5L', '2/3', 'sunL');
const expressions = fc
  .tuple(seconds, minutes, hours, days, months, weekdays)
  .map((fields) => fields.join(' '))
  .filter((fields) => calendarProblem(fields, undefined) === undefined);
const walls = fc.integer({ min: Date.UTC(1930, 0, 1), max: Date.UTC(2110, 0, 1) });

const DAY_MS = 86_400_000;

/** If the walk differs from cron-parser's, a few hundred expressions are enough to show it. */
const RUNS = { numRuns: 800 };

describe('the wall calendar', { timeout: 60_000 }, () => {
  test('walks like cron-parser in UTC', () => {
    fc.assert(
      fc.property(expressions, walls, (fields, fromMs) => {
        const calendar = wallCalendar(fields, undefined);
        const theirs = CronExpressionParser.parse(fields, { tz: 'UTC', currentDate: new Date(fromMs) });
        let wallMs = fromMs;
        for (let step = 0; step < 10; step++) {
          wallMs = calendar.after(wallMs) as number;
          expect(wallMs, fields).toBe(theirs.next().getTime());
        }
      }),
      RUNS,
    );
  });

  test('counts what a walk would visit, wherever the range begins and ends', () => {
    const offsets = fc.integer({ min: 0, max: 999 });
    fc.assert(
      fc.property(expressions, walls, offsets, (fields, fromMs, offsetMs) => {
        const calendar = wallCalendar(fields, undefined);
        let lastMs = fromMs;
        for (let step = 0; step < 25; step++) lastMs = calendar.after(lastMs) as number;
        expect(calendar.count(fromMs, lastMs + offsetMs), fields).toBe(25);
        expect(calendar.count(fromMs, lastMs - 1), fields).toBe(24);
        expect(calendar.count(lastMs, lastMs)).toBe(0);
        expect(calendar.count(lastMs, fromMs)).toBe(0);
      }),
      RUNS,
    );
  });

  test('counts the days of years as a walk through them would, on either side of a cycle', () => {
    const spans = fc.integer({ min: 0, max: 3 * 366 });
    fc.assert(
      fc.property(expressions, walls, spans, (fields, fromMs, days) => {
        const calendar = wallCalendar(fields.replace(/^\S+ \S+ \S+/, '0 0 0'), undefined);
        const untilMs = fromMs + days * DAY_MS;
        let walked = 0;
        const next = (wallMs: number): number => calendar.after(wallMs) as number;
        for (let wallMs = next(fromMs); wallMs <= untilMs; wallMs = next(wallMs)) walked += 1;
        expect(calendar.count(fromMs, untilMs), fields).toBe(walked);
        const perCycle = calendar.count(0, CYCLE_DAYS * DAY_MS);
        expect(calendar.count(fromMs - CYCLE_DAYS * DAY_MS, untilMs), fields).toBe(perCycle + walked);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ['0 0 30W 2 *', 'it never falls due: no month in it has such a day'],
    ['0 0 L-30 2 *', 'it never falls due: no month in it has such a day'],
    ['0 0 L-28 2 *', undefined],
    ['0 0 31,15W 2 *', undefined],
    ['0 0 31 2 *', 'it never falls due: no month in it has such a day'],
    ['0 0 31 4,6,9,11 ?', 'it never falls due: no month in it has such a day'],
    ['0 0 29 2 *', undefined],
    ['0 0 31 2 1', undefined],
    ['0 0 * 2 1#5', undefined],
  ])('of %s has the problem %s', (fields, problem) => {
    expect(calendarProblem(fields, undefined)).toBe(problem);
  });

  test('takes an H that February has beside a day that it does not have', () => {
    expect(calendarProblem('0 0 31,H(1-28) 2 *', 'p/s')).toBeUndefined();
  });

  test('finds what is decades away', () => {
    expect(wallCalendar('0 0 * 2 1#5', undefined).after(Date.UTC(2017, 0, 1))).toBe(Date.UTC(2044, 1, 29));
  });
});
