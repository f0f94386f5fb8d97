import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseExpression } from '../../../src/machines/calendar/expression.ts';
import { jitterFor } from '../../../src/machines/calendar/jitter.ts';
import { nextOccurrence, ScheduleRecurrence, SharedCalendar } from '../../../src/machines/calendar/recurrence.ts';

const SECOND = 1_000;
const HOUR = 3_600_000;
const FROM_MS = Date.UTC(2026, 2, 5);

function recurring(cron: string, jitterMs: number, timezone = 'UTC'): ScheduleRecurrence {
  return new ScheduleRecurrence('p/s', new SharedCalendar(parseExpression(cron), timezone), jitterMs);
}

const crons = fc.constantFrom(
  '1ms',
  '10s',
  '90m',
  '* * * * * *',
  '*/7 3-5 * * 1',
  '0 9-17 * * 1-5',
  '30 2 * * *',
  '0 0 29 2 *',
);
const zones = fc.constantFrom('UTC', 'America/New_York', 'Australia/Lord_Howe');
const instants = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2040, 0, 1) });

describe('jitter of a schedule', () => {
  test('keeps every occurrence due before the following one, so that due instants rise with the occurrences', () => {
    const jitters = fc.constantFrom(1, 999, 60_000, 5 * HOUR, 1_000 * 24 * HOUR);
    fc.assert(
      fc.property(crons, zones, jitters, instants, (cron, timezone, jitterMs, fromMs) => {
        const recurrence = recurring(cron, jitterMs, timezone);
        let occurrenceMs = recurrence.next(fromMs);
        for (let step = 0; step < 20; step++) {
          const followingMs = recurrence.next(occurrenceMs);
          const dueAtMs = recurrence.dueAt(occurrenceMs);
          expect(dueAtMs).toBeGreaterThanOrEqual(occurrenceMs);
          expect(dueAtMs).toBeLessThan(followingMs);
          expect(dueAtMs - occurrenceMs).toBeLessThanOrEqual(jitterMs);
          occurrenceMs = followingMs;
        }
      }),
      { numRuns: 500 },
    );
  });

  test('is the whole of it where there is room', () => {
    const recurrence = recurring('0 * * * *', 0.9 * HOUR);
    const occurrenceMs = FROM_MS + HOUR;
    expect(recurrence.dueAt(occurrenceMs)).toBe(occurrenceMs + jitterFor('p/s', occurrenceMs, 0.9 * HOUR));
  });

  test.each([
    ['10s', 60_000, 9 * SECOND],
    ['10s', 5_000, 5 * SECOND],
    ['*/10 * * * * *', 60_000, 9 * SECOND],
    ['1ms', 60_000, 0],
  ])('of %s with %i ms is at most %i ms, and comes close', (cron, jitterMs, mostMs) => {
    const recurrence = recurring(cron, jitterMs);
    let greatestMs = 0;
    let occurrenceMs = recurrence.next(FROM_MS);
    for (let step = 0; step < 1_000; step++) {
      greatestMs = Math.max(greatestMs, recurrence.dueAt(occurrenceMs) - occurrenceMs);
      occurrenceMs = recurrence.next(occurrenceMs);
    }
    expect(greatestMs).toBeLessThanOrEqual(mostMs);
    expect(greatestMs).toBeGreaterThanOrEqual(0.98 * mostMs);
  });

  test('depends on the gap that follows each occurrence', () => {
    const recurrence = recurring('0 9-17 * * *', 5 * HOUR);
    const delays = (hour: number) =>
      Array.from({ length: 200 }, (_, day) => {
        const occurrenceMs = FROM_MS + day * 24 * HOUR + hour * HOUR;
        return recurrence.dueAt(occurrenceMs) - occurrenceMs;
      });
    expect(Math.max(...delays(9))).toBeLessThanOrEqual(0.9 * HOUR);
    expect(Math.max(...delays(17))).toBeGreaterThan(4 * HOUR);
  });
});

describe('a shared calendar', () => {
  test('answers as a search would, whatever it was asked before', () => {
    // Where the next question is asked: at the answer to the last one, just before it, a little later, or far back.
    const moves = fc.constantFrom<(askedMs: number, answerMs: number) => number>(
      (_, answerMs) => answerMs,
      (_, answerMs) => answerMs - 1,
      (askedMs) => askedMs + 7 * SECOND,
      (askedMs) => askedMs - 48 * HOUR,
    );
    fc.assert(
      fc.property(crons, zones, instants, fc.array(moves, { maxLength: 40 }), (cron, timezone, fromMs, path) => {
        const expression = parseExpression(cron);
        const shared = new SharedCalendar(expression, timezone);
        let askedMs = fromMs;
        for (const move of path) {
          const answerMs = nextOccurrence(expression, timezone, askedMs);
          expect(shared.next(askedMs)).toBe(answerMs);
          askedMs = move(askedMs, answerMs);
        }
      }),
      { numRuns: 500 },
    );
  });
});
