import { describe, expect, test } from 'vitest';
import { planDue, type Recurrence } from '../../src/machines/missed-runs.ts';
import { every } from '../support/virtual-engine.ts';

const HOUR = 3_600_000;
const DAY_START = Date.UTC(2026, 5, 1);
const at = (clock: string): number => DAY_START + Date.parse(`1970-01-01T${clock}Z`);
const hourly = every(HOUR);

function told(plan: ReturnType<typeof planDue>): string {
  const { run, skipped } = plan;
  const time = (instantMs: number): string => new Date(instantMs).toISOString().slice(11, 16);
  const parts = [
    run && `${run.trigger} ${time(run.scheduledAtMs)}${run.missedCount === undefined ? '' : ` for ${run.missedCount}`}`,
    skipped && `skipped ${skipped.count} from ${time(skipped.fromMs)} to ${time(skipped.untilMs)}`,
  ];
  return parts.filter((part) => part !== undefined).join(', ') || 'none';
}

describe('planDue', () => {
  // Situation: last occurrence settled, now; then what each policy does with an hourly schedule.
  test.each([
    ['09:50:00', '09:53:00', 'none', 'none', 'none'],
    ['09:50:00', '10:00:00.500', 'clock 10:00', 'clock 10:00', 'clock 10:00'],
    ['10:00:00', '11:05:00', 'catch-up 11:00 for 1', 'skipped 1 from 11:00 to 11:00', 'catch-up 11:00 for 1'],
    [
      '09:00:00',
      '11:05:00',
      'catch-up 11:00 for 2, skipped 1 from 10:00 to 10:00',
      'skipped 2 from 10:00 to 11:00',
      'catch-up 10:00 for 1',
    ],
    [
      '09:00:00',
      '11:00:00.900',
      'clock 11:00 for 1, skipped 1 from 10:00 to 10:00',
      'clock 11:00 for 1, skipped 1 from 10:00 to 10:00',
      'catch-up 10:00 for 1',
    ],
    ['10:00:00', '09:00:00', 'none', 'none', 'none'],
  ])('last %s, now %s', (cursor, now, runOnce, skip, runAll) => {
    const times = { cursorMs: at(cursor), nowMs: at(now) };
    expect(told(planDue(hourly, 'run-once', times))).toBe(runOnce);
    expect(told(planDue(hourly, 'skip', times))).toBe(skip);
    expect(told(planDue(hourly, 'run-all', times))).toBe(runAll);
  });

  test('is an ordinary run up to a second late, and a catch-up beyond', () => {
    const cursorMs = at('09:00:00');
    expect(planDue(hourly, 'run-once', { cursorMs, nowMs: at('10:00:01') }).run?.trigger).toBe('clock');
    expect(planDue(hourly, 'run-once', { cursorMs, nowMs: at('10:00:01.001') }).run?.trigger).toBe('catch-up');
  });

  test('plans all 240 occurrences of ten days under run-all, in order', () => {
    const nowMs = at('11:05:00');
    let cursorMs = nowMs - 240 * HOUR;
    const runs: number[] = [];
    for (
      let plan = planDue(hourly, 'run-all', { cursorMs, nowMs });
      plan.run;
      plan = planDue(hourly, 'run-all', { cursorMs, nowMs })
    ) {
      cursorMs = plan.run.scheduledAtMs;
      runs.push(cursorMs);
    }
    expect(runs.length).toBe(240);
    expect(runs).toEqual(runs.toSorted((a, b) => a - b));
  });

  test('does not plan an occurrence whose jitter has not passed', () => {
    const delayed: Recurrence = { ...hourly, dueAt: (occurrenceMs) => occurrenceMs + 10 * 60_000 };
    const cursorMs = at('09:00:00');
    expect(told(planDue(delayed, 'run-once', { cursorMs, nowMs: at('10:09:59') }))).toBe('none');
    expect(planDue(delayed, 'run-once', { cursorMs, nowMs: at('10:10:00') }).run).toMatchObject({
      scheduledAtMs: at('10:00:00'),
      dueAtMs: at('10:10:00'),
    });
    expect(told(planDue(delayed, 'run-once', { cursorMs, nowMs: at('12:05:00') }))).toBe(
      'catch-up 11:00 for 2, skipped 1 from 10:00 to 10:00',
    );
  });
});
