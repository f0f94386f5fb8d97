import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { catchUpTime } from '../../../src/machines/missed-runs/catch-up-time.ts';
import type { Occurrence } from '../../../src/machines/run.ts';
import { every, missedRules } from '../../support/virtual-engine.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const DAY_START = Date.UTC(2026, 5, 1);

/** A daily schedule whose jitter is `ownMs` of an hour at most. Missed: the occurrence of `DAY_START`. */
function found(afterMs: number, ownMs: number, own: { maxLateMs?: number; recoveryOf?: string } = {}): number {
  const base = every(DAY);
  const { maxLateMs = Number.POSITIVE_INFINITY, recoveryOf } = own;
  const nowMs = DAY_START + afterMs;
  const run: Occurrence = {
    scheduledAtMs: DAY_START,
    dueAtMs: nowMs,
    trigger: 'catch-up',
    ...(recoveryOf !== undefined && { recoveryOf }),
  };
  const recurrence = { ...base, dueAt: (occurrenceMs: number) => occurrenceMs + ownMs };
  const rules = { ...missedRules('run-once'), maxLateMs };
  return catchUpTime(run, { recurrence, rules, jitterMs: HOUR, nowMs }) - nowMs;
}

describe('catchUpTime', () => {
  test.each([
    ['keeps its jitter, from when it was found', 5 * HOUR, 20 * MINUTE, {}, 20 * MINUTE],
    ['is now where the jitter is nothing', 5 * HOUR, 0, {}, 0],
    ['is now for a recovery', 5 * HOUR, 20 * MINUTE, { recoveryOf: 'lost' }, 0],
    ['ends halfway to the next occurrence', DAY - 20 * MINUTE, 40 * MINUTE, {}, 20 * MINUTE],
    ['comes before it is too old', 5 * HOUR, 30 * MINUTE, { maxLateMs: 5 * HOUR + 10 * MINUTE }, 5 * MINUTE],
    ['is now when it is too old already', 5 * HOUR, 30 * MINUTE, { maxLateMs: HOUR }, 0],
  ])('%s', (_, afterMs, ownMs, own, expected) => {
    expect(found(afterMs, ownMs, own)).toBeCloseTo(expected, 6);
  });

  test('of a schedule that is behind looks at what is not due yet, and not at what is', () => {
    expect(found(10 * DAY + 5 * HOUR, 20 * MINUTE)).toBe(20 * MINUTE);
  });

  test('is never before it was found, and never as late as what is due next', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3 * DAY }), fc.integer({ min: 0, max: HOUR }), (lateMs, ownMs) => {
        const afterMs = ownMs + lateMs;
        const nextMs = DAY - (lateMs % DAY);
        const waitMs = found(afterMs, ownMs);
        expect(waitMs).toBeGreaterThanOrEqual(0);
        expect(waitMs).toBeLessThan(nextMs);
      }),
    );
  });
});
