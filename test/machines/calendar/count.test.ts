import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseExpression } from '../../../src/machines/calendar/expression.ts';
import { countOccurrences, nextOccurrence } from '../../../src/machines/calendar/recurrence.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const at = (text: string): number => Date.parse(`${text}Z`);

function count(source: string, timezone: string, afterMs: number, untilMs: number): number {
  return countOccurrences(parseExpression(source), timezone, { afterMs, untilMs });
}

const zones = fc.constantFrom(
  'UTC',
  'America/New_York',
  'Europe/London',
  'Europe/Dublin',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Africa/Casablanca',
  'Africa/Monrovia',
  'Asia/Kathmandu',
  'America/Juneau',
);

const fields = fc.tuple(
  fc.constantFrom('', '', '0 ', '*/20 ', '5,50 '),
  fc.constantFrom('*', '*/7', '0', '30', '0,30', '59'),
  fc.constantFrom('*', '*/5', '0', '1', '2', '3-5', '23', '0-3'),
  fc.constantFrom('*', '*', 'L', '*/2', '1', '29-31'),
  fc.constantFrom('*', '*', '3', '10,11', '2'),
  fc.constantFrom('*', '*', '1', '0,6', '5L', '1#2'),
);
const expressions = fields.map(([second, ...rest]) => `${second}${rest.join(' ')}`);
const instants = fc.integer({ min: at('1940-01-01T00:00:00'), max: at('2090-01-01T00:00:00') });

describe('countOccurrences', () => {
  test('counts (after, until]', () => {
    expect(count('0 * * * *', 'UTC', 0, DAY)).toBe(24);
    expect(count('0 * * * *', 'UTC', -1, DAY - 1)).toBe(24);
    expect(count('30s', 'UTC', 0, DAY)).toBe(2_880);
    expect(count('0 * * * *', 'UTC', DAY, 0)).toBe(0);
  });

  test('counts what a walk visits, of any expression in any zone', () => {
    let visited = 0;
    fc.assert(
      fc.property(expressions, zones, instants, fc.integer({ min: 0, max: 400 }), (source, timezone, fromMs, steps) => {
        const parsed = parseExpression(source);
        let lastMs = fromMs;
        for (let step = 0; step < steps; step++) lastMs = nextOccurrence(parsed, timezone, lastMs);
        const message = `${source} in ${timezone} after ${fromMs}`;
        expect(countOccurrences(parsed, timezone, { afterMs: fromMs, untilMs: lastMs }), message).toBe(steps);
        const nextMs = nextOccurrence(parsed, timezone, lastMs);
        expect(countOccurrences(parsed, timezone, { afterMs: fromMs, untilMs: nextMs - 1 }), message).toBe(steps);
        visited += steps;
      }),
      { numRuns: 250 },
    );
    expect(visited).toBeGreaterThan(10_000);
  });

  test('counts a long range as the sum of its parts', () => {
    fc.assert(
      fc.property(expressions, zones, instants, instants, instants, (source, timezone, ...ends) => {
        const [fromMs = 0, middleMs = 0, untilMs = 0] = ends.toSorted((a, b) => a - b);
        const parts = count(source, timezone, fromMs, middleMs) + count(source, timezone, middleMs, untilMs);
        expect(count(source, timezone, fromMs, untilMs), `${source} in ${timezone}`).toBe(parts);
      }),
      { numRuns: 60 },
    );
  });

  // From a clock at the epoch to the year 2026, and far beyond.
  test.each([
    ['0 * * * *', 'UTC', '1970-01-01T00:00:00', '2026-11-26T00:00:00', 498_792],
    ['0 * * * *', 'America/New_York', '1970-01-01T00:00:00', '2026-11-26T00:00:00', 498_792],
    ['1h', 'America/New_York', '1970-01-01T00:00:00', '2026-11-26T00:00:00', 498_792],
    ['* * * * * *', 'Europe/Berlin', '1970-01-01T00:00:00', '2026-01-01T00:00:00', 1_767_225_600],
    ['30 2 * * *', 'America/New_York', '1970-01-01T00:00:00', '2026-01-01T00:00:00', 20_454],
    ['*/7 3-5 * * 1', 'UTC', '1970-01-01T00:00:00', '2026-01-01T00:00:00', 2_922 * 27],
    ['0 0 * * 1', 'UTC', '1970-01-01T00:00:00', '2026-01-01T00:00:00', 2_922],
    ['0 0 29 2 *', 'Asia/Kolkata', '1970-01-01T00:00:00', '2026-01-01T00:00:00', 14],
    ['0 12 L * *', 'Europe/London', '1970-01-01T00:00:00', '2026-01-01T00:00:00', 56 * 12],
    ['0 12 L * *', 'Europe/London', '1970-01-01T00:00:00', '9970-01-01T00:00:00', 8_000 * 12],
    ['0 0 29 2 *', 'UTC', '2000-01-01T00:00:00', '6000-01-01T00:00:00', 970],
    ['0 * * * *', 'America/New_York', '1970-01-01T00:00:00', '9970-01-01T00:00:00', 20 * 146_097 * 24],
  ])('of %s in %s from %s to %s is %i', (source, timezone, from, until, expected) => {
    expect(count(source, timezone, at(from), at(until))).toBe(expected);
  });
});
