import { Cron } from 'croner';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextOccurrences } from '../../../src/index.ts';
import { parseExpression } from '../../../src/machines/calendar/expression.ts';
import { countOccurrences, occurrencesAfter, previousOccurrence } from '../../../src/machines/calendar/recurrence.ts';
import { daysByOracle, hasValue } from '../../support/calendar-oracle.ts';

const DAY_MS = 86_400_000;
const at = (text: string): number => Date.parse(`${text}Z`);

function sequence(expression: string, timezone: string, from: string, count: number): string[] {
  const occurrences = occurrencesAfter(parseExpression(expression), timezone, { fromMs: at(from), count });
  return occurrences.map((occurrenceMs) => new Date(occurrenceMs).toISOString().slice(5, 16).replace('T', ' '));
}

function days(expression: string, from: string, count: number): string[] {
  return sequence(expression, 'UTC', `${from}T00:00`, count).map((text) => text.slice(0, 5));
}

// Worked out with a calendar of 2026: 1 January is a Thursday.
describe('special days', () => {
  test.each([
    // 15 February and 15 March are Sundays, 15 August is a Saturday.
    ['15W', ['01-15', '02-16', '03-16', '04-15', '05-15', '06-15', '07-15', '08-14']],
    // 1 February and 1 March are Sundays, 1 August is a Saturday: there is no Friday before it in August.
    ['1W', ['01-01', '02-02', '03-02', '04-01', '05-01', '06-01', '07-01', '08-03']],
    // 31 January is a Saturday. 31 May is a Sunday, and the Monday after it is in June. Other months have no 31st.
    ['31W', ['01-30', '03-31', '05-29', '07-31', '08-31', '10-30']],
    ['LW', ['01-30', '02-27', '03-31', '04-30', '05-29', '06-30', '07-31']],
    ['L-3', ['01-28', '02-25', '03-28', '04-27', '05-28']],
    // 28 March and 27 June are Saturdays.
    ['L-3W', ['01-28', '02-25', '03-27', '04-27', '05-28', '06-26']],
    ['L-30', ['01-01', '03-01', '05-01', '07-01']],
    ['1,15W,L', ['01-01', '01-15', '01-31', '02-01', '02-16', '02-28']],
  ])('of months by %s', (day, expected) => {
    expect(days(`0 0 ${day} * *`, '2025-12-31', expected.length)).toEqual(expected);
  });

  test.each([
    ['1#1,3#2', ['01-05', '01-14', '02-02', '02-11', '03-02', '03-11', '04-06', '04-08']],
    ['MON#1,5L', ['01-05', '01-30', '02-02', '02-27', '03-02', '03-27']],
    ['0#5', ['03-29', '05-31', '08-30', '11-29']],
    ['1,5L', ['01-05', '01-12', '01-19', '01-26', '01-30', '02-02']],
    ['SUNL,7#1', ['01-04', '01-25', '02-01', '02-22']],
    ['1-2,5#3', ['01-05', '01-06', '01-12', '01-13', '01-16', '01-19']],
  ])('of weeks by %s', (weekday, expected) => {
    expect(days(`0 0 * * ${weekday}`, '2025-12-31', expected.length)).toEqual(expected);
  });

  test('of both fields: either may match', () => {
    // The last day of January is a Saturday, and its last Friday is the day before.
    expect(days('0 0 L * 5L', '2025-12-31', 4)).toEqual(['01-30', '01-31', '02-27', '02-28']);
  });

  test('the 29th of a February, and its last day, are found across a century', () => {
    const [first] = occurrencesAfter(parseExpression('0 0 L-28 2 *'), 'UTC', { fromMs: at('2096-03-01'), count: 1 });
    // L-28 is the first of February in a leap year only, and 2100 is none.
    expect(new Date(first as number).toISOString()).toBe('2104-02-01T00:00:00.000Z');
  });
});

describe('a range that wraps around', () => {
  test.each([
    ['0 0 * * FRI-MON', ['03-06', '03-07', '03-08', '03-09', '03-13']],
    ['0 0 * * SAT-SUN', ['03-07', '03-08', '03-14']],
    ['0 0 * * 7-1', ['03-08', '03-09', '03-15']],
    ['0 0 * * 5-0', ['03-06', '03-07', '03-08', '03-13']],
    ['0 0 * * FRI-MON/2', ['03-06', '03-08', '03-13']],
    ['0 0 * * MON-SUN', ['03-06', '03-07', '03-08', '03-09', '03-10']],
    ['0 0 28-3 * *', ['03-28', '03-29', '03-30', '03-31', '04-01', '04-02', '04-03', '04-28']],
    ['0 0 28-3/2 * *', ['03-28', '03-30', '04-01', '04-03', '04-28']],
    ['0 0 1 NOV-FEB *', ['11-01', '12-01', '01-01', '02-01', '11-01']],
    ['0 0 1 NOV-FEB/2 *', ['11-01', '01-01', '11-01']],
  ])('of days, %s', (expression, expected) => {
    expect(days(expression, '2026-03-05', expected.length)).toEqual(expected);
  });

  test.each([
    ['0 22-2 * * *', ['03-05 22:00', '03-05 23:00', '03-06 00:00', '03-06 01:00', '03-06 02:00', '03-06 22:00']],
    ['0 22-2/2 * * *', ['03-05 22:00', '03-06 00:00', '03-06 02:00', '03-06 22:00']],
    ['0 22-2,1-4 * * *', ['03-05 22:00', '03-05 23:00', '03-06 00:00', '03-06 01:00', '03-06 02:00', '03-06 03:00']],
    ['55-5/5 13 * * *', ['03-05 13:00', '03-05 13:05', '03-05 13:55', '03-06 13:00']],
  ])('of times, %s', (expression, expected) => {
    expect(sequence(expression, 'UTC', '2026-03-05T12:30', expected.length)).toEqual(expected);
  });

  test('of seconds', () => {
    const found = occurrencesAfter(parseExpression('58-1 0 0 * * *'), 'UTC', {
      fromMs: at('2026-03-05T12:00'),
      count: 5,
    });
    expect(found.map((ms) => new Date(ms).toISOString().slice(11, 19))).toEqual([
      '00:00:00',
      '00:00:01',
      '00:00:58',
      '00:00:59',
      '00:00:00',
    ]);
  });
});

// In New York, 2026-03-08 has no 02:00–03:00, and 2026-11-01 has 01:00–02:00 twice. Results are in UTC.
describe('new forms where clocks change in New York', () => {
  test.each([
    // 02:00 is skipped: it falls due at the end of the gap, which is 03:00 there.
    [
      '0 22-2 * * *',
      '2026-03-08T02:30',
      ['03-08 03:00', '03-08 04:00', '03-08 05:00', '03-08 06:00', '03-08 07:00', '03-09 02:00'],
    ],
    // 01:00 comes twice, and a fixed time falls due the first time.
    [
      '0 22-2 * * *',
      '2026-11-01T01:30',
      ['11-01 02:00', '11-01 03:00', '11-01 04:00', '11-01 05:00', '11-01 07:00', '11-02 03:00'],
    ],
    // The second Sunday of March is the day of the change; 8 March is a Sunday, so its nearest workday is the 9th.
    ['30 2 * 3 7#2', '2026-03-01T00:00', ['03-08 07:00']],
    ['30 2 8W 3 *', '2026-03-01T00:00', ['03-09 06:30']],
    ['30 1 1 11 *', '2026-10-31T00:00', ['11-01 05:30']],
    ['*/30 1 * 11 0#1', '2026-10-31T00:00', ['11-01 05:00', '11-01 05:30', '11-01 06:00', '11-01 06:30']],
  ])('%s after %s', (expression, from, expected) => {
    expect(sequence(expression, 'America/New_York', from, expected.length)).toEqual(expected);
  });
});

const dates = fc.constantFrom(
  '*',
  '15W',
  '1W',
  '31W',
  'L',
  'LW',
  'L-3',
  'L-3W',
  'L-29',
  '1,15W',
  '28-3',
  '25-10/4',
  '3-9,5-12',
  '30,31',
);
const months = fc.constantFrom('*', '2', 'NOV-FEB', '10-3/2', '2,4,2', '1-6,4-9');
const weekdays = fc.constantFrom('*', 'FRI-MON', '5-1/2', '1#1,3#2', '5L', '0,5L', '7#5', '0,7', '6-2,0', 'SATL,1#2');
const starts = fc.integer({ min: Date.UTC(1995, 0, 1), max: Date.UTC(2060, 0, 1) });

describe('new forms beside an oracle', { timeout: 60_000 }, () => {
  test('have the days that a look at each day finds', () => {
    fc.assert(
      fc.property(dates, months, weekdays, starts, (date, month, weekday, startMs) => {
        const untilMs = startMs + 3 * 366 * DAY_MS;
        const expected = daysByOracle(`${date} ${month} ${weekday}`, startMs, untilMs);
        // A day that February never has is refused.
        fc.pre(expected.length > 0);
        const expression = parseExpression(`0 0 ${date} ${month} ${weekday}`);
        const fields = `${date} ${month} ${weekday} from ${startMs}`;
        const found = occurrencesAfter(expression, 'UTC', { fromMs: startMs - 1, count: expected.length });
        expect(found, fields).toEqual(expected);
        const range = { afterMs: startMs - 1, untilMs: untilMs - 1 };
        expect(countOccurrences(expression, 'UTC', range), fields).toBe(expected.length);
        const newest = { atMs: untilMs - 1, sinceMs: startMs - 1 };
        expect(previousOccurrence(expression, 'UTC', newest), fields).toBe(expected.at(-1));
      }),
      { numRuns: 150 },
    );
  });

  test('have the times that a look at each value finds', () => {
    const low = fc.integer({ min: 0, max: 23 });
    const steps = fc.constantFrom('', '/2', '/5', '/7');
    fc.assert(
      fc.property(low, low, steps, low, (from, to, step, other) => {
        const field = `${from}-${to}${step},${other}`;
        const expected = Array.from({ length: 24 }, (_, hour) => hour).filter((hour) => hasValue(field, hour, 0, 23));
        const found = occurrencesAfter(parseExpression(`0 ${field} * * *`), 'UTC', {
          fromMs: -1,
          count: expected.length + 1,
        });
        expect(
          found.map((ms) => ms / 3_600_000),
          field,
        ).toEqual([...expected, 24 + (expected[0] as number)]);
      }),
    );
  });

  test('agree with croner where croner reads them', () => {
    const theirDates = fc.constantFrom('*', '15W', '1W', '31W', 'L', 'LW', '1,15W', '3-9,5-12', '30,31');
    const theirWeekdays = fc.constantFrom('*', '1#1,3#2', '5L', '0,5L', '7#5', '0,7', 'SATL,1#2');
    const zones = fc.constantFrom('UTC', 'America/New_York', 'Asia/Kathmandu');
    fc.assert(
      fc.property(theirDates, theirWeekdays, zones, starts, (date, weekday, timezone, startMs) => {
        const source = `30 12 ${date} * ${weekday}`;
        const theirs = new Cron(source, { timezone }).nextRuns(12, new Date(startMs)).map(Number);
        const ours = occurrencesAfter(parseExpression(source), timezone, { fromMs: startMs, count: 12 });
        expect(ours, `${source} in ${timezone} from ${startMs}`).toEqual(theirs);
      }),
      { numRuns: 80 },
    );
  });
});

describe('H among other values', () => {
  test('leaves a date to the months that have it', () => {
    for (const seed of ['a', 'b', 'c', 'd']) {
      const found = occurrencesAfter(parseExpression('0 0 30 2,H(4-5) *', { seed }), 'UTC', { fromMs: 0, count: 1 });
      expect(new Date(found[0] ?? 0).toISOString().slice(5, 10)).toMatch(/^0[45]-30$/);
    }
    expect(() => parseExpression('0 0 30 2,H(2-2) *')).toThrow('it never falls due');
  });

  test('counts once where it meets one of them, whatever the seed', () => {
    for (let index = 0; index < 150; index++) {
      const seed = `p/${index}`;
      const [alone = 0] = occurrencesAfter(parseExpression('H 0 * * *', { seed }), 'UTC', { fromMs: -1, count: 1 });
      const both = occurrencesAfter(parseExpression('0-29,H 0 * * *', { seed }), 'UTC', { fromMs: -1, count: 31 });
      const minutes = new Set([...Array.from({ length: 30 }, (_, minute) => minute), alone / 60_000]);
      expect(both.filter((ms) => ms < DAY_MS).map((ms) => ms / 60_000)).toEqual([...minutes].sort((a, b) => a - b));
    }
  });

  test('keeps the value that it has alone', () => {
    const seed = 'p/s';
    const hourOf = (source: string) => nextHour(source, seed);
    expect(hourOf('0 H 15W * *')).toBe(hourOf('0 H * * *'));
    expect(hourOf('0 H * * FRI-MON')).toBe(hourOf('0 H * * *'));
  });

  function nextHour(source: string, seed: string): number {
    const [first = 0] = occurrencesAfter(parseExpression(source, { seed }), 'UTC', { fromMs: 0, count: 1 });
    return new Date(first).getUTCHours();
  }
});

describe('lengths of time', () => {
  test.each([
    ['1w', '1970-01-08T00:00'],
    ['P1W', '1970-01-08T00:00'],
    ['PT5M', '1970-01-01T00:05'],
  ])('%s is counted from the epoch', (expression, first) => {
    expect(nextOccurrences(expression, { from: 0 })).toEqual([at(first)]);
  });

  test.each([
    ['@every 5m', 5 * 60_000],
    ['@every 1h30m', 90 * 60_000],
    ['@every 1.5h', 90 * 60_000],
    ['@every 1h30m10s', 5_410_000],
    ['@EVERY 500ms', 500],
    ['@every 1d', DAY_MS],
  ])('%s is counted from where it begins', (expression, everyMs) => {
    const from = at('2026-03-05T12:34:56');
    expect(nextOccurrences(expression, { from, count: 2 })).toEqual([from + everyMs, from + 2 * everyMs]);
  });

  test('@reboot has no occurrence that a calendar knows', () => {
    expect(nextOccurrences('@reboot', { count: 3 })).toEqual([]);
  });
});
