import { Cron } from 'croner';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { InvalidOptionError, RecurrenceStuckError } from '../../../src/errors.ts';
import { nextOccurrences } from '../../../src/index.ts';
import { parseExpression } from '../../../src/machines/calendar/expression.ts';
import {
  countOccurrences,
  nextOccurrence,
  occurrencesAfter,
  previousOccurrence,
} from '../../../src/machines/calendar/recurrence.ts';
import { WallCalendar } from '../../../src/machines/calendar/wall-calendar.ts';
import { oracle } from '../../support/wall-clock-oracle.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A year has 2^35 milliseconds: 35 windows and 35 halves at most, and a few spans of the zone in each. */
const MOST_SEARCHES = 200;

const at = (text: string): number => Date.parse(`${text}Z`);

function sequence(expression: string, timezone: string, from: string, count: number): string[] {
  const occurrences = occurrencesAfter(parseExpression(expression), timezone, { fromMs: at(from), count });
  return occurrences.map((occurrenceMs) => new Date(occurrenceMs).toISOString().slice(0, 19));
}

/** Zones and, for each, an instant near a change of its offset. */
const TRANSITIONS: readonly (readonly [string, string])[] = [
  ['America/New_York', '2026-03-08T07:00:00'],
  ['America/New_York', '2026-11-01T06:00:00'],
  ['America/Havana', '2026-03-08T05:00:00'],
  ['America/Havana', '2026-11-01T05:00:00'],
  ['Europe/London', '2026-03-29T01:00:00'],
  ['Europe/Berlin', '2026-10-25T01:00:00'],
  ['Australia/Lord_Howe', '2026-04-04T15:00:00'],
  ['Australia/Lord_Howe', '2026-10-03T15:30:00'],
  ['Pacific/Chatham', '2026-04-04T14:00:00'],
  ['Pacific/Chatham', '2026-09-26T14:00:00'],
  ['America/St_Johns', '2026-03-08T05:30:00'],
  ['Asia/Beirut', '2026-03-28T22:00:00'],
  ['Africa/Cairo', '2026-04-23T22:00:00'],
  ['America/Santiago', '2026-09-06T04:00:00'],
  ['Antarctica/Troll', '2026-03-29T01:00:00'],
];

describe('nextOccurrence in UTC', () => {
  test.each([
    ['0 20-35/15 * * * *', '2012-07-09T23:45:00', '2012-07-10T00:20:00'],
    ['15,50 20-35/15 1-23/2 */2 * *', '2012-07-09T23:35:51', '2012-07-11T01:20:15'],
    ['0 0 0 29 Feb ?', '2012-07-09T23:35:00', '2016-02-29T00:00:00'],
    ['0 0 29 2 *', '2096-03-01T00:00:00', '2104-02-29T00:00:00'],
    ['0 0 L * *', '2026-02-28T00:00:00', '2026-03-31T00:00:00'],
    ['0 0 31 * *', '2026-01-31T00:00:00', '2026-03-31T00:00:00'],
    ['0 0 * * 1#5', '2026-01-01T00:00:00', '2026-03-30T00:00:00'],
    ['0 0 * * 5L', '2026-02-27T00:00:00', '2026-03-27T00:00:00'],
    ['* * * * * *', '2026-02-27T00:00:00.999', '2026-02-27T00:00:01'],
    ['0 3 * * *', '2026-02-27T03:00:00', '2026-02-28T03:00:00'],
    ['30s', '2026-02-27T00:00:29.999', '2026-02-27T00:00:30'],
    ['30s', '2026-02-27T00:00:30', '2026-02-27T00:01:00'],
  ])('%s after %s is %s', (expression, from, next) => {
    expect(sequence(expression, 'UTC', from, 1)).toEqual([next]);
  });

  test('matches either day field when both are restricted', () => {
    expect(sequence('0 0 15 2 1', 'UTC', '2026-01-31T00:00:00', 5)).toEqual(
      ['02-02', '02-09', '02-15', '02-16', '02-23'].map((day) => `2026-${day}T00:00:00`),
    );
  });

  test('matches either day field also when one of them is a step from "*", unlike Vixie cron', () => {
    expect(sequence('0 0 */2 * 1', 'UTC', '2026-03-01T00:00:00', 6)).toEqual(
      ['03-02', '03-03', '03-05', '03-07', '03-09', '03-11'].map((day) => `2026-${day}T00:00:00`),
    );
    expect(sequence('0 0 1 * */6', 'UTC', '2026-03-01T00:00:00', 4)).toEqual(
      ['03-07', '03-08', '03-14', '03-15'].map((day) => `2026-${day}T00:00:00`),
    );
  });

  test('does not depend on the zone of the process', () => {
    const zone = process.env['TZ'];
    process.env['TZ'] = 'America/New_York';
    try {
      expect(sequence('30 2 * * *', 'UTC', '2026-03-07T12:00:00', 2)).toEqual([
        '2026-03-08T02:30:00',
        '2026-03-09T02:30:00',
      ]);
    } finally {
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    }
  });
});

describe('nextOccurrence in a zone', () => {
  test.each([
    ['30 2 * * *', 'America/New_York', '2026-03-07T12:00:00', ['2026-03-08T07:00:00', '2026-03-09T06:30:00']],
    ['0,30 2 * * *', 'America/New_York', '2026-03-07T12:00:00', ['2026-03-08T07:00:00', '2026-03-09T06:00:00']],
    [
      '*/30 * * * *',
      'America/New_York',
      '2026-03-08T06:00:00',
      ['2026-03-08T06:30:00', '2026-03-08T07:00:00', '2026-03-08T07:30:00'],
    ],
    ['0 */2 * * *', 'America/New_York', '2026-03-08T04:00:00', ['2026-03-08T05:00:00', '2026-03-08T08:00:00']],
    ['30 1 * * *', 'America/New_York', '2026-11-01T04:00:00', ['2026-11-01T05:30:00', '2026-11-02T06:30:00']],
    ['30 1 * * *', 'America/New_York', '2026-11-01T06:10:00', ['2026-11-02T06:30:00']],
    [
      '*/30 1 * * *',
      'America/New_York',
      '2026-11-01T04:50:00',
      ['2026-11-01T05:00:00', '2026-11-01T05:30:00', '2026-11-01T06:00:00', '2026-11-01T06:30:00'],
    ],
    [
      '0,30 1 * * *',
      'America/New_York',
      '2026-11-01T04:50:00',
      ['2026-11-01T05:00:00', '2026-11-01T05:30:00', '2026-11-02T06:00:00'],
    ],
    [
      '0 1-3 * * *',
      'America/New_York',
      '2026-11-01T04:50:00',
      ['2026-11-01T05:00:00', '2026-11-01T07:00:00', '2026-11-01T08:00:00'],
    ],
    ['0 0 * * *', 'America/Havana', '2026-03-07T12:00:00', ['2026-03-08T05:00:00']],
    ['0 0 * * *', 'America/Havana', '2026-10-31T12:00:00', ['2026-11-01T04:00:00', '2026-11-02T05:00:00']],
    [
      '0 * * * *',
      'Australia/Lord_Howe',
      '2026-04-04T13:00:00',
      ['2026-04-04T14:00:00', '2026-04-04T15:30:00', '2026-04-04T16:30:00'],
    ],
    ['15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T00:00:00', ['2026-10-03T15:30:00']],
    ['0 12 30 12 *', 'Pacific/Apia', '2011-12-29T12:00:00', ['2012-12-29T22:00:00']],
  ])('%s in %s after %s', (expression, timezone, from, next) => {
    expect(sequence(expression, timezone, from, next.length)).toEqual(next);
  });

  test.each(TRANSITIONS)('agrees with a walk through the minutes of %s around %s', (timezone, transition) => {
    const fromMs = at(transition) - 30 * HOUR;
    const untilMs = at(transition) + 30 * HOUR;
    for (const expression of sampleExpressions(14, at(transition))) {
      const occurrences: number[] = [];
      const parsed = parseExpression(expression);
      for (let nextMs = nextOccurrence(parsed, timezone, fromMs); nextMs <= untilMs; ) {
        occurrences.push(nextMs);
        nextMs = nextOccurrence(parsed, timezone, nextMs);
      }
      expect(occurrences, expression).toEqual(oracle(expression, timezone, { fromMs, untilMs }));
    }
  });

  test.each(TRANSITIONS)(
    'goes on with the same sequence after a restart at any instant, in %s around %s',
    (timezone, transition) => {
      const fromMs = at(transition) - 4 * HOUR;
      for (const expression of [
        '30 2 * * *',
        '*/20 * * * *',
        '0,15,30 0-3 * * *',
        '0 */2 * * *',
        '*/7 1 * * *',
        '5 * * * *',
      ]) {
        const parsed = parseExpression(expression);
        const uninterrupted = occurrencesAfter(parsed, timezone, { fromMs, count: 60 });
        for (let minute = 0; minute < 8 * 60; minute += 7) {
          const restartMs = fromMs + minute * 60_000 + (minute % 3) * 499;
          const expected = uninterrupted.find((occurrenceMs) => occurrenceMs > restartMs);
          expect(
            nextOccurrence(parsed, timezone, restartMs),
            `${expression} at ${new Date(restartMs).toISOString()}`,
          ).toBe(expected);
        }
      }
    },
  );

  test('is strictly later for any expression, zone and instant', () => {
    const zones = fc.constantFrom(
      ...new Set(TRANSITIONS.map(([zone]) => zone)),
      'UTC',
      'Asia/Kolkata',
      'Africa/Monrovia',
    );
    const instants = fc.integer({ min: at('1969-06-01T00:00:00'), max: at('2037-12-31T00:00:00') });
    const expressions = fc.constantFrom(
      '* * * * *',
      '30 2 * * *',
      '0 */2 * * *',
      '59 23 * * *',
      '0 0 29 2 *',
      '*/7 * * * 1',
      '90m',
    );
    fc.assert(
      fc.property(expressions, zones, instants, (expression, timezone, fromMs) => {
        const parsed = parseExpression(expression);
        const nextMs = nextOccurrence(parsed, timezone, fromMs);
        expect(nextMs).toBeGreaterThan(fromMs);
        const betweenMs = fromMs + Math.floor((nextMs - 1 - fromMs) / 2);
        expect(nextOccurrence(parsed, timezone, betweenMs)).toBe(nextMs);
        expect(nextOccurrence(parsed, timezone, nextMs - 1)).toBe(nextMs);
      }),
      { numRuns: 300 },
    );
  });

  test('is the same for every second until it falls due', () => {
    const parsed = parseExpression('*/5 * * * *');
    const fromMs = at('2026-03-08T06:55:00');
    const nextMs = nextOccurrence(parsed, 'America/New_York', fromMs);
    for (let instantMs = fromMs; instantMs < nextMs; instantMs += 1_000) {
      expect(nextOccurrence(parsed, 'America/New_York', instantMs)).toBe(nextMs);
    }
  });

  test('runs a fixed time once a local day, through every change of a year', () => {
    for (const timezone of ['America/New_York', 'Europe/Berlin', 'Australia/Lord_Howe', 'Pacific/Chatham']) {
      const local = new Intl.DateTimeFormat('en-CA', { timeZone: timezone, dateStyle: 'short' });
      const occurrences = occurrencesAfter(parseExpression('30 2 * * *'), timezone, {
        fromMs: at('2026-01-01T12:00:00'),
        count: 364,
      });
      const days = occurrences.map((occurrenceMs) => local.format(occurrenceMs));
      expect(new Set(days).size).toBe(364);
      expect((occurrences.at(-1) as number) - (occurrences[0] as number)).toBeLessThan(364 * DAY);
    }
  });

  test('agrees with croner except for the documented differences', () => {
    // This ends before any change of offset, which the next test is about.
    for (const expression of sampleExpressions(25, at('2026-06-10T00:00:00'))) {
      for (const timezone of ['UTC', 'America/New_York', 'Asia/Kathmandu']) {
        const from = '2026-06-10T00:00:00';
        const theirs = new Cron(expression, { timezone }).nextRuns(20, new Date(at(from))).map(Number);
        const ours = occurrencesAfter(parseExpression(expression), timezone, { fromMs: at(from), count: 20 });
        const plain = ours.filter((occurrenceMs) => occurrenceMs < at('2026-10-20T00:00:00'));
        expect(theirs.slice(0, plain.length), `${expression} in ${timezone}`).toEqual(plain);
      }
    }
  });
});

describe('nextOccurrence beside croner, where clocks change in New York', () => {
  const theirs = (expression: string, from: string): string[] =>
    new Cron(expression, { timezone: 'America/New_York' })
      .nextRuns(4, new Date(at(from)))
      .map((date) => date.toISOString().slice(0, 19));

  test.each([
    ['30 2 * * *', '2026-03-07T12:00:00'],
    ['*/30 * * * *', '2026-03-08T06:00:00'],
    ['30 1 * * *', '2026-11-01T04:00:00'],
    ['*/30 1 * * *', '2026-11-01T04:50:00'],
  ])('agrees on %s', (expression, from) => {
    expect(sequence(expression, 'America/New_York', from, 4)).toEqual(theirs(expression, from));
  });

  test('differs when several fixed times are skipped: ours runs once, croner skips the day', () => {
    const [expression, from] = ['0,30 2 * * *', '2026-03-07T12:00:00'];
    const [first, ...rest] = sequence(expression, 'America/New_York', from, 5);
    expect(first).toBe('2026-03-08T07:00:00');
    expect(theirs(expression, from)).toEqual(rest);
  });
});

describe('previousOccurrence', () => {
  test('finds the newest of a year of missed seconds without walking them', () => {
    const every = parseExpression('* * * * * *');
    const atMs = at('2027-01-01T00:00:00.500');
    expect(previousOccurrence(every, 'Europe/Berlin', { atMs, sinceMs: at('2026-01-01T00:00:00') })).toBe(
      at('2027-01-01T00:00:00'),
    );
  });

  test('is the last in (since, at]', () => {
    const hourly = parseExpression('0 * * * *');
    const previous = (sinceText: string, atText: string) =>
      previousOccurrence(hourly, 'UTC', { atMs: at(atText), sinceMs: at(sinceText) });
    expect(previous('2026-01-01T09:00:00', '2026-01-01T11:05:00')).toBe(at('2026-01-01T11:00:00'));
    expect(previous('2026-01-01T09:00:00', '2026-01-01T11:00:00')).toBe(at('2026-01-01T11:00:00'));
    expect(previous('2026-01-01T11:00:00', '2026-01-01T11:05:00')).toBeUndefined();
    expect(previousOccurrence(parseExpression('30s'), 'UTC', { atMs: 65_000, sinceMs: 60_000 })).toBeUndefined();
    expect(previousOccurrence(parseExpression('30s'), 'UTC', { atMs: 65_000, sinceMs: 59_999 })).toBe(60_000);
  });
});

describe('after a long gap', () => {
  const [sinceMs, atMs] = [at('2025-11-23T08:00:00'), at('2026-11-23T08:00:00.500')];

  // A supervisor that recovers calls both on the thread that ticks.
  test.each([
    ['* * * * * *', '2026-11-23T08:00:00', 31_536_000],
    ['*/5 * * * *', '2026-11-23T08:00:00', 105_120],
    ['* * * 1 *', '2026-02-01T04:59:00', 44_640],
    ['* * * 1 * *', '2026-11-02T04:59:59', 12 * 86_400 + 3_600],
    ['0 0 29 2 *', undefined, 0],
  ])('the newest and the number of %s are found without visiting them', (source, newest, count) => {
    const expression = parseExpression(source);
    const searches = vi.spyOn(WallCalendar.prototype, 'after');
    onTestFinished(() => searches.mockRestore());
    expect(previousOccurrence(expression, 'America/New_York', { atMs, sinceMs })).toBe(newest && at(newest));
    const range = { afterMs: sinceMs, untilMs: atMs };
    expect(countOccurrences(expression, 'America/New_York', range)).toBe(count);
    expect(searches.mock.calls.length).toBeLessThan(MOST_SEARCHES);
  });

  test.each(TRANSITIONS)(
    'the newest and the number are those of the sequence, in %s around %s',
    (timezone, transition) => {
      const fromMs = at(transition) - 5 * HOUR;
      for (const source of ['30 2 * * *', '*/20 * * * *', '0,15,30 0-3 * * *', '0 0-23 * * *', '*/7 1 * * *']) {
        const parsed = parseExpression(source);
        const occurrences = occurrencesAfter(parsed, timezone, { fromMs, count: 40 });
        for (let minute = 0; minute < 10 * 60; minute += 7) {
          const untilMs = fromMs + minute * 60_000;
          const past = occurrences.filter((occurrenceMs) => occurrenceMs <= untilMs);
          const message = `${source} until ${new Date(untilMs).toISOString()}`;
          const range = { afterMs: fromMs, untilMs };
          expect(countOccurrences(parsed, timezone, range), message).toBe(past.length);
          expect(previousOccurrence(parsed, timezone, { atMs: untilMs, sinceMs: fromMs }), message).toBe(past.at(-1));
        }
      }
    },
  );
});

describe('at the limits of time', () => {
  const LAST_MS = 8_640_000_000_000_000;

  test.each(['UTC', 'Europe/Paris'])(
    'the last instant that a Date can hold has no next occurrence, in %s',
    (timezone) => {
      for (const source of ['0 3 * * *', '* * * * *', '1d']) {
        const ask = () => nextOccurrence(parseExpression(source), timezone, LAST_MS);
        expect(ask).toThrow(RecurrenceStuckError);
      }
    },
  );

  test.each([Number.NaN, Number.POSITIVE_INFINITY, LAST_MS + 1])('refuses %d, which is not an instant', (fromMs) => {
    expect(() => nextOccurrence(parseExpression('1d'), 'UTC', fromMs)).toThrow(InvalidOptionError);
  });

  test('a date line crossed backwards is a new calendar: its second day runs too', () => {
    expect(sequence('0 6 * * *', 'America/Juneau', '1867-10-17T15:00:00', 3)).toEqual([
      '1867-10-18T14:57:41',
      '1867-10-19T14:57:41',
      '1867-10-20T14:57:41',
    ]);
  });
});

describe('nextOccurrences', () => {
  test('answers in epoch milliseconds', () => {
    const from = new Date('2026-03-07T12:00:00Z');
    expect(nextOccurrences('30 2 * * *', { timezone: 'America/New_York', from, count: 2 })).toEqual([
      at('2026-03-08T07:00:00'),
      at('2026-03-09T06:30:00'),
    ]);
    expect(nextOccurrences('1d')[0]).toBeGreaterThan(Date.now());
  });

  test.each([
    [{ count: 0 }, 'Option "count" is invalid: it must be a whole number from 1 to 10000, not 0.'],
    [{ count: 1.5 }, 'from 1 to 10000, not 1.5.'],
    [{ from: Number.NaN }, 'Option "from" is invalid: it must be a valid Date or epoch milliseconds, not NaN.'],
    [{ timezone: 'Mars/Olympus' }, 'Time zone "Mars/Olympus" is unknown'],
    [{ timezone: '+02:00' }, 'Time zone "+02:00" is unknown'],
  ])('refuses %j', (options, message) => {
    expect(() => nextOccurrences('1d', options)).toThrow(message);
  });
});

/** Expressions that can be due within a day or two of an instant, from a fixed sequence. */
function sampleExpressions(count: number, nearMs: number): string[] {
  const day = new Date(nearMs).getUTCDate();
  const minutes = fc.constantFrom('*', '*/15', '0', '30', '0,30', '10-50/20', '59');
  const hours = fc.constantFrom('*', '*/2', '*/3', '0', '1', '2', '0-3', '1,2,3', '23', '2-4');
  const days = fc.constantFrom('*', '*', '*', `${day}`, '*/2');
  const weekdays = fc.constantFrom('*', '*', '*', '0', '6,7', '1-5');
  const expressions = fc.tuple(minutes, hours, days, weekdays).map(([m, h, d, w]) => `${m} ${h} ${d} * ${w}`);
  return fc.sample(expressions, { numRuns: count, seed: 42 });
}
