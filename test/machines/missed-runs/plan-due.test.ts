import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cappedJitter, jitterFor } from '../../../src/machines/calendar/jitter.ts';
import type { DueSituation, MissedRunRules, Recurrence } from '../../../src/machines/missed-runs/due-plan.ts';
import { Gap } from '../../../src/machines/missed-runs/gap.ts';
import { planDue } from '../../../src/machines/missed-runs/plan-due.ts';
import { onTimeRun } from '../../../src/machines/missed-runs/planned-run.ts';
import { every, missedRules } from '../../support/virtual-engine.ts';

const SECOND = 1_000;
const HOUR = 3_600_000;
const DAY_START = Date.UTC(2026, 5, 1);
const at = (clock: string): number => DAY_START + Date.parse(`1970-01-01T${clock}Z`);
const hourly = every(HOUR);
const LOST = { runId: 'lost', scheduledAtMs: at('08:00:00') };

function plan(rules: MissedRunRules, situation: Partial<DueSituation> & { cursorMs: number; nowMs: number }) {
  return planDue(hourly, rules, { owed: null, backlog: null, ...situation });
}

function planLine({ run, skipped }: ReturnType<typeof planDue>): string {
  const time = (instantMs: number): string => new Date(instantMs).toISOString().slice(11, 16);
  const missed = run?.missedCount === undefined ? '' : ` for ${run.missedCount}`;
  const recovers = run?.recoveryOf === undefined ? '' : ` and ${run.recoveryOf}`;
  const parts = [
    run && `${run.trigger} ${time(run.scheduledAtMs)}${missed}${recovers}`,
    ...skipped.map(
      ({ outcome, reason, count, fromMs, untilMs }) =>
        `${outcome === 'overlap' ? 'overlap' : 'skipped'} ${count} from ${time(fromMs)} to ${time(untilMs)} (${reason})`,
    ),
  ];
  return parts.filter((part) => part !== undefined).join(', ') || 'none';
}

describe('planDue', () => {
  // The cursor and now, then what run-once, skip and run-all do with an hourly schedule.
  test.each([
    ['09:50:00', '09:53:00', 'none', 'none', 'none'],
    ['09:50:00', '10:00:00.500', 'clock 10:00', 'clock 10:00', 'clock 10:00'],
    ['10:00:00', '11:05:00', 'catch-up 11:00 for 1', 'skipped 1 from 11:00 to 11:00 (policy)', 'catch-up 11:00 for 1'],
    [
      '09:00:00',
      '11:05:00',
      'catch-up 11:00 for 2, skipped 1 from 10:00 to 10:00 (superseded)',
      'skipped 2 from 10:00 to 11:00 (policy)',
      'catch-up 10:00 for 1',
    ],
    [
      '09:00:00',
      '11:00:00.900',
      'clock 11:00 for 1, skipped 1 from 10:00 to 10:00 (superseded)',
      'clock 11:00 for 1, skipped 1 from 10:00 to 10:00 (policy)',
      'catch-up 10:00 for 1',
    ],
    ['10:00:00', '09:00:00', 'none', 'none', 'none'],
  ])('last %s, now %s', (cursor, now, runOnce, skip, runAll) => {
    const times = { cursorMs: at(cursor), nowMs: at(now) };
    expect(planLine(plan(missedRules('run-once'), times))).toBe(runOnce);
    expect(planLine(plan(missedRules('skip'), times))).toBe(skip);
    expect(planLine(plan(missedRules('run-all'), times))).toBe(runAll);
  });

  test('does not plan an occurrence whose jitter has not passed', () => {
    const delayed: Recurrence = { ...hourly, dueAt: (occurrenceMs) => occurrenceMs + 10 * 60_000 };
    const planned = (now: string) =>
      planDue(delayed, missedRules('run-once'), {
        cursorMs: at('09:00:00'),
        nowMs: at(now),
        owed: null,
        backlog: null,
      });
    expect(planLine(planned('10:09:59'))).toBe('none');
    expect(planned('10:10:00').run).toMatchObject({ scheduledAtMs: at('10:00:00'), dueAtMs: at('10:10:00') });
    expect(planLine(planned('12:05:00'))).toBe('catch-up 11:00 for 2, skipped 1 from 10:00 to 10:00 (superseded)');
  });
});

describe('limits', () => {
  test.each([
    [
      'run-once',
      { maxLateMs: 2 * HOUR },
      'catch-up 15:00 for 2, skipped 4 from 10:00 to 13:00 (max-late), skipped 1 from 14:00 to 14:00 (superseded)',
    ],
    ['run-once', { maxLateMs: 60_000 }, 'skipped 6 from 10:00 to 15:00 (max-late)'],
    ['run-once', { maxCatchup: 0 }, 'skipped 6 from 10:00 to 15:00 (max-catchup)'],
    ['run-once', { maxCatchup: 1 }, 'catch-up 15:00 for 6, skipped 5 from 10:00 to 14:00 (superseded)'],
    ['run-all', { maxLateMs: 2 * HOUR }, 'catch-up 14:00 for 1, skipped 4 from 10:00 to 13:00 (max-late)'],
    ['run-all', { maxCatchup: 2 }, 'catch-up 14:00 for 1, skipped 4 from 10:00 to 13:00 (max-catchup)'],
    ['run-all', { maxCatchup: 0 }, 'skipped 6 from 10:00 to 15:00 (max-catchup)'],
    ['run-all', { maxCatchup: 100 }, 'catch-up 10:00 for 1'],
    ['skip', { maxLateMs: 2 * HOUR, maxCatchup: 3 }, 'skipped 6 from 10:00 to 15:00 (policy)'],
  ] as const)('%s with %o', (policy, caps, expected) => {
    const rules = { ...missedRules(policy), ...caps };
    expect(planLine(plan(rules, { cursorMs: at('09:00:00'), nowMs: at('15:05:00') }))).toBe(expected);
  });

  test.each([
    ['run-once', '12:00:00'],
    ['run-once', '12:00:00.700'],
    ['run-all', '12:00:00'],
    ['run-all', '12:00:00.700'],
  ] as const)('never drop what is due now, under %s at %s', (policy, now) => {
    const rules = { policy, maxCatchup: 0, maxLateMs: 0 };
    const { run, skipped } = plan(rules, { cursorMs: at('09:00:00'), nowMs: at(now) });
    expect(run).toMatchObject({ trigger: 'clock', scheduledAtMs: at('12:00:00') });
    expect(skipped.reduce((sum, { count }) => sum + count, 0)).toBe(2);
  });
});

describe('a gap of a thousand years', () => {
  const cursorMs = DAY_START - 1_000 * 365 * 24 * HOUR;

  test.each([1, 2, 1_000_000])('keeps the %i newest occurrences', (maxCatchup) => {
    const rules = { ...missedRules('run-all'), maxCatchup };
    const { run, skipped } = plan(rules, { cursorMs, nowMs: at('00:05:00') });
    expect(run?.scheduledAtMs).toBe(DAY_START - (maxCatchup - 1) * HOUR);
    expect(skipped.map(({ count }) => count)).toEqual([1_000 * 365 * 24 - maxCatchup]);
  });
});

describe('a lost run that is owed', () => {
  const situation = { cursorMs: at('09:00:00'), owed: LOST };

  test.each([
    ['run-once', '09:30:00', 'catch-up 08:00 for 1 and lost'],
    ['run-once', '11:05:00', 'catch-up 11:00 for 3 and lost, skipped 1 from 10:00 to 10:00 (superseded)'],
    ['run-once', '10:00:00.100', 'clock 10:00 for 1 and lost'],
    ['run-all', '09:30:00', 'catch-up 08:00 for 1 and lost'],
    ['run-all', '11:05:00', 'catch-up 08:00 for 1 and lost'],
    ['skip', '09:30:00', 'none'],
    ['skip', '11:05:00', 'skipped 2 from 10:00 to 11:00 (policy)'],
  ] as const)('under %s at %s', (policy, now, expected) => {
    const planned = plan(missedRules(policy), { ...situation, nowMs: at(now) });
    expect(planLine(planned)).toBe(expected);
  });

  test('is made up for when it is just as old as it may be', () => {
    const rules = { ...missedRules('run-all'), maxLateMs: 1.5 * HOUR };
    expect(planLine(plan(rules, { ...situation, nowMs: at('09:30:00') }))).toBe('catch-up 08:00 for 1 and lost');
  });

  test('is given up when it is too old, or nothing is to be made up for', () => {
    const nowMs = at('09:30:00');
    for (const caps of [{ maxLateMs: HOUR }, { maxCatchup: 0 }]) {
      const planned = plan({ ...missedRules('run-all'), ...caps }, { ...situation, nowMs });
      expect(planLine(planned)).toBe('none');
    }
  });
});

/**
 * Works off a backlog, with runs that take `runMs` each, and wait for so long before they start. What falls due during
 * a run is planned when it ends.
 */
function workOff(
  periodMs: number,
  missed: number,
  runMs: number,
  waitMs: (step: number, lateMs: number) => number = () => 0,
) {
  const recurrence = every(periodMs);
  const startMs = DAY_START + missed * periodMs + periodMs / 2;
  let situation: DueSituation = { cursorMs: DAY_START, nowMs: startMs, owed: null, backlog: null };
  const ran: number[] = [];
  const skipped: string[] = [];
  for (let step = 0; step < 10_000; step++) {
    const planned = planDue(recurrence, missedRules('run-all'), situation);
    const { run, backlog } = planned;
    for (const span of planned.skipped) skipped.push(`${span.outcome} ${span.reason} ${span.count}`);
    if (run === undefined || (run.trigger === 'clock' && !planned.isBehind)) break;
    ran.push(run.scheduledAtMs);
    const nowMs = situation.nowMs + waitMs(step, situation.nowMs - run.scheduledAtMs) + runMs;
    const executed = { fromMs: nowMs - runMs, untilMs: nowMs };
    situation = { cursorMs: run.scheduledAtMs, nowMs, owed: null, backlog, executed, isBehind: planned.isBehind };
  }
  return { ran, skipped };
}

describe('a backlog of run-all', () => {
  test('includes what falls due while it is worked off, in order', () => {
    const { ran, skipped } = workOff(SECOND, 100, 400);
    expect(ran.length).toBeGreaterThan(150);
    expect(ran).toEqual(ran.toSorted((a, b) => a - b));
    expect(new Set(ran).size).toBe(ran.length);
    expect(skipped).toEqual([]);
  });

  test('that grows faster than it is worked off becomes an overlap, once', () => {
    const { ran, skipped } = workOff(SECOND, 10, 1_500);
    expect(ran.length).toBe(9);
    expect(skipped).toEqual([expect.stringMatching(/^overlap fell-behind 1\d$/)]);
  });

  test.each([
    ['once, for its module', (step: number) => (step === 0 ? 30 * SECOND : 0)],
    ['for a while, for a thread', (step: number) => (step < 50 ? 3 * SECOND : 0)],
    ['in the middle of a pass, for a disk', (step: number) => (step % 17 === 5 && step < 100 ? 10 * SECOND : 0)],
  ])('is worked off to the end although it waits %s', (_, waitMs) => {
    const { ran, skipped } = workOff(SECOND, 10, 100, waitMs);
    expect(skipped).toEqual([]);
    expect(ran).toEqual(ran.map((__, index) => DAY_START + (index + 1) * SECOND));
    expect(ran.length).toBeGreaterThan(20);
  });

  test('counts nothing but what its runs take: those that are too long fall behind, however long they wait', () => {
    const { ran, skipped } = workOff(SECOND, 10, 1_500, (step) => (step === 0 ? 30 * SECOND : 0));
    expect(skipped).toEqual([expect.stringMatching(/^overlap fell-behind 4\d$/)]);
    expect(ran.length).toBe(9);
  });

  test('of a year of seconds is planned one run at a time, without visiting every second', () => {
    const nowMs = DAY_START + 365 * 24 * HOUR;
    const situation = { cursorMs: DAY_START, nowMs, owed: null, backlog: null };
    const planned = planDue(every(SECOND), missedRules('run-all'), situation);
    expect(planned).toMatchObject({ run: { scheduledAtMs: DAY_START + SECOND }, skipped: [] });
  });
});

describe('planDue when nothing was missed', () => {
  test('plans what a look at the whole gap would', () => {
    const instants = fc.integer({ min: 0, max: 4_000 });
    const policies = fc.constantFrom('skip' as const, 'run-once' as const, 'run-all' as const);
    const seen = { nothing: 0, alone: 0, behind: 0 };
    fc.assert(
      fc.property(
        policies,
        fc.constantFrom(200, 1_000, 3_000),
        instants,
        instants,
        (policy, periodMs, afterMs, jitterMs) => {
          const cappedMs = cappedJitter(jitterMs, periodMs);
          const dueAt = (occurrenceMs: number) => occurrenceMs + (((occurrenceMs / periodMs) * 7_919) % (cappedMs + 1));
          const recurrence = { ...every(periodMs), dueAt };
          const turnDelayMs = jitterMs % 700;
          const situation = { cursorMs: DAY_START, nowMs: DAY_START + afterMs, owed: null, backlog: null, turnDelayMs };
          const gap = new Gap(recurrence, missedRules(policy), situation);
          const firstMs = gap.firstMs();
          fc.pre(gap.isOnTime(firstMs));
          const isDue = gap.isDue(firstMs);
          const isBehind = isDue && policy === 'run-all' && gap.isNextDue(firstMs);
          const run = isDue ? { run: onTimeRun(gap, firstMs) } : {};
          const planned = planDue(recurrence, missedRules(policy), situation);
          expect(planned).toStrictEqual({ ...run, skipped: [], backlog: null, isBehind });
          if (!isDue) seen.nothing += 1;
          else if (isBehind) seen.behind += 1;
          else seen.alone += 1;
        },
      ),
      { numRuns: 2_000 },
    );
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(10);
  });
});

describe('planDue, step by step until nothing is due', () => {
  const rules = fc.record({
    policy: fc.constantFrom('skip' as const, 'run-once' as const, 'run-all' as const),
    maxCatchup: fc.constantFrom(0, 1, 3, 50, Number.POSITIVE_INFINITY),
    maxLateMs: fc.constantFrom(0, 5_000, 60_000, Number.POSITIVE_INFINITY),
  });
  const limits = fc.constantFrom({}, { missedAfterMs: 0 }, { missedAfterMs: 5_000 }, { missedAfterMs: 90_000 });

  test('accounts for every occurrence once, in order', () => {
    fc.assert(
      fc.property(
        rules,
        limits,
        fc.constantFrom(200, 1_000, 7_000),
        fc.constantFrom(0, 150, 60_000),
        fc.integer({ min: 0, max: 200_000 }),
        fc.integer({ min: 0, max: 2_000 }),
        (rule, limit, periodMs, jitterMs, gapMs, runMs) => {
          const mostMs = cappedJitter(jitterMs, periodMs);
          const dueAt = (occurrenceMs: number) => occurrenceMs + jitterFor('p/s', occurrenceMs, mostMs);
          const recurrence = { ...every(periodMs), dueAt };
          let situation: DueSituation = { cursorMs: DAY_START, nowMs: DAY_START + gapMs, owed: null, backlog: null };
          let accounted = 0;
          const planned: number[] = [];
          const right: number[] = [];
          for (let step = 0; step < 300; step++) {
            const { run, skipped, backlog } = planDue(recurrence, { ...rule, ...limit }, situation);
            let { cursorMs } = situation;
            for (const span of skipped) {
              planned.push(span.fromMs, span.count);
              right.push(recurrence.next(cursorMs), recurrence.count(cursorMs, span.untilMs));
              accounted += span.count;
              cursorMs = span.untilMs;
            }
            if (run === undefined) break;
            accounted += 1;
            planned.push(run.scheduledAtMs, accounted, Math.max(dueAt(run.scheduledAtMs), situation.nowMs));
            right.push(recurrence.next(cursorMs), recurrence.count(DAY_START, run.scheduledAtMs), situation.nowMs);
            situation = { cursorMs: run.scheduledAtMs, nowMs: situation.nowMs + runMs, owed: null, backlog };
          }
          expect(planned).toEqual(right);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
