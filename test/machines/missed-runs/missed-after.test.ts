import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseExpression } from '../../../src/machines/calendar/expression.ts';
import { ScheduleRecurrence, SharedCalendar } from '../../../src/machines/calendar/recurrence.ts';
import type { DuePlan, MissedRunRules } from '../../../src/machines/missed-runs/due-plan.ts';
import { Gap } from '../../../src/machines/missed-runs/gap.ts';
import { missedAfterMs } from '../../../src/machines/missed-runs/missed-after.ts';
import { planDue } from '../../../src/machines/missed-runs/plan-due.ts';
import type { MissedRunPolicy } from '../../../src/plugin.ts';
import { missedRules } from '../../support/virtual-engine.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const POLICIES = ['run-once', 'skip', 'run-all'] as const;
const START_MS = Date.UTC(2026, 2, 5);

function recurring(cron: string, jitterMs = 0, timezone = 'UTC'): ScheduleRecurrence {
  return new ScheduleRecurrence('p/s', new SharedCalendar(parseExpression(cron), timezone), jitterMs);
}

interface Found {
  readonly policy: MissedRunPolicy;
  readonly lateMs: number;
  readonly missedAfterMs?: number;
  readonly maxLateMs?: number;
  readonly turnDelayMs?: number;
}

/** What is planned when the first occurrence after the start is found `lateMs` late. */
function found(cron: string, { policy, lateMs, turnDelayMs = 0, ...own }: Found): DuePlan {
  const recurrence = recurring(cron);
  const rules: MissedRunRules = { ...missedRules(policy), ...own };
  const nowMs = recurrence.next(START_MS) + lateMs;
  return planDue(recurrence, rules, { cursorMs: START_MS, nowMs, owed: null, backlog: null, turnDelayMs });
}

describe('how late is missed', () => {
  test.each([
    ['1ms', 1_000],
    ['100ms', 1_000],
    ['10s', 1_000],
    ['30s', 3_000],
    ['*/30 * * * * *', 3_000],
    ['* * * * *', 6_000],
    ['5m', 30_000],
    ['10m', 60_000],
    ['0 * * * *', 60_000],
    ['30 2 * * *', 60_000],
    ['0 0 29 2 *', 60_000],
  ])('of %s is %i ms by default', (cron, expectedMs) => {
    const recurrence = recurring(cron);
    expect(missedAfterMs(recurrence, missedRules('skip'), recurrence.next(START_MS))).toBe(expectedMs);
  });

  test('depends on the occurrence that follows, where gaps differ', () => {
    const recurrence = recurring('0,1,5 9 * * *');
    const minute = (at: number): number => START_MS + 9 * HOUR + at * 60_000;
    const rules = missedRules('skip');
    expect([0, 1, 5].map((at) => missedAfterMs(recurrence, rules, minute(at)))).toEqual([6_000, 24_000, 60_000]);
  });

  test('is what the schedule says', () => {
    const rules = { ...missedRules('skip'), missedAfterMs: 7 };
    expect(missedAfterMs(recurring('@daily'), rules, START_MS)).toBe(7);
  });

  describe.each(POLICIES)('under %s', (policy) => {
    test.each([
      ['30 2 * * *', 60_000],
      ['0 * * * *', 60_000],
      ['* * * * *', 6_000],
      ['30s', 3_000],
      ['10s', 1_000],
    ])('%s is an ordinary run up to %i ms late, and missed beyond', (cron, limitMs) => {
      const ordinary = found(cron, { policy, lateMs: limitMs });
      expect(ordinary).toMatchObject({ run: { trigger: 'clock' }, skipped: [], isBehind: false });
      expect(ordinary.run).not.toHaveProperty('missedCount');
      const late = found(cron, { policy, lateMs: limitMs + 1 });
      if (policy === 'skip') expect(late).toMatchObject({ skipped: [{ reason: 'policy', count: 1 }] });
      expect(late.run?.trigger).toBe(policy === 'skip' ? undefined : 'catch-up');
    });

    test('the option of the schedule decides, with the delay for other nodes added to it', () => {
      const trigger = (own: Omit<Found, 'policy'>) => found('@hourly', { policy, ...own }).run?.trigger;
      const late = policy === 'skip' ? undefined : 'catch-up';
      expect(trigger({ lateMs: 1_200_000, missedAfterMs: 1_200_000 })).toBe('clock');
      expect(trigger({ lateMs: 1_200_001, missedAfterMs: 1_200_000 })).toBe(late);
      expect(trigger({ lateMs: 0, missedAfterMs: 0 })).toBe('clock');
      expect(trigger({ lateMs: 1, missedAfterMs: 0 })).toBe(late);
      expect(trigger({ lateMs: 1_500, missedAfterMs: 0, turnDelayMs: 1_500 })).toBe('clock');
    });

    test('what is on time is never too old to run', () => {
      expect(found('@daily', { policy, lateMs: 59_000, maxLateMs: 0 }).run?.trigger).toBe('clock');
    });
  });

  test('what is missed is too old beyond maxLateMs, and not before', () => {
    const run = (lateMs: number) => found('@daily', { policy: 'run-once', lateMs, maxLateMs: 300_000 }).run;
    expect(run(299_999)?.trigger).toBe('catch-up');
    expect(run(300_001)).toBeUndefined();
  });

  test('a lost run is too old beyond maxLateMs, however late is missed', () => {
    const lost = (maxLateMs: number) =>
      planDue(
        recurring('@daily'),
        { ...missedRules('run-once'), maxLateMs },
        {
          cursorMs: START_MS + DAY,
          nowMs: START_MS + DAY + 30_000,
          owed: { runId: 'lost', scheduledAtMs: START_MS + DAY },
          backlog: null,
        },
      ).run;
    expect(lost(30_000)?.recoveryOf).toBe('lost');
    expect(lost(29_999)).toBeUndefined();
  });
});

describe('what is too late', () => {
  const crons = fc.constantFrom('100ms', '10s', '*/7 3-5 * * *', '0,1,5 9 * * *', '0 9-17 * * 1-5', '* * * * * *');
  const jitters = fc.constantFrom(0, 500, 60_000, 5 * HOUR);
  const limits = fc.constantFrom(undefined, 0, 2_500, 90_000, 5 * HOUR);

  test('is every occurrence up to the newest missed one, and none after it', () => {
    let found = 0;
    fc.assert(
      fc.property(crons, jitters, limits, fc.integer({ min: 0, max: 3 * DAY }), (cron, jitterMs, limitMs, lateMs) => {
        const recurrence = recurring(cron, jitterMs);
        const rules = { ...missedRules('run-all'), ...(limitMs !== undefined && { missedAfterMs: limitMs }) };
        const nowMs = START_MS + 2 * DAY + lateMs;
        // The last two hundred occurrences before now are looked at one by one.
        const cursorMs = startOf(recurrence, nowMs);
        const gap = new Gap(recurrence, rules, { cursorMs, nowMs, owed: null, backlog: null });
        const due = dueFrom(gap, recurrence);
        const isMissed = due.map((atMs) => nowMs - recurrence.dueAt(atMs) > missedAfterMs(recurrence, rules, atMs));
        const missedCount = isMissed.filter(Boolean).length;
        expect(isMissed.lastIndexOf(true), cron).toBe(missedCount - 1);
        expect(gap.newestMissed(), cron).toBe(due[missedCount - 1]);
        found += missedCount;
      }),
      { numRuns: 500 },
    );
    expect(found).toBeGreaterThan(1_000);
  });

  function dueFrom(gap: Gap, recurrence: ScheduleRecurrence): number[] {
    const due: number[] = [];
    for (let atMs = gap.firstMs(); gap.isDue(atMs); atMs = recurrence.next(atMs)) due.push(atMs);
    return due;
  }

  function startOf(recurrence: ScheduleRecurrence, nowMs: number): number {
    let cursorMs = START_MS;
    for (let windowMs = DAY; windowMs > 100; windowMs /= 2) {
      if (recurrence.count(nowMs - windowMs, nowMs) > 200) cursorMs = nowMs - windowMs;
    }
    return Math.floor(cursorMs);
  }
});
