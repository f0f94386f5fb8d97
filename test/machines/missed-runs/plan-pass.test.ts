import { describe, expect, test } from 'vitest';
import type { DueSituation } from '../../../src/machines/missed-runs/due-plan.ts';
import { planDue } from '../../../src/machines/missed-runs/plan-due.ts';
import { planPass } from '../../../src/machines/missed-runs/plan-pass.ts';
import type { Repeat } from '../../../src/machines/position/repeat.ts';
import { every, missedRules } from '../../support/virtual-engine.ts';

const HOUR = 3_600_000;
const hourly = every(HOUR);
const at = (hours: number): number => Date.UTC(2026, 5, 1) + hours * HOUR;
const NEAR: Repeat = { pass: 2, untilMs: at(12), ranUntilMs: at(12) };
const FAR: Repeat = { pass: 2, untilMs: at(12) };

function situation(cursorMs: number, nowMs: number, own: Partial<DueSituation> = {}): DueSituation {
  return { cursorMs, nowMs, owed: null, backlog: null, ...own };
}

describe('planPass', () => {
  test.each(['run-once', 'skip', 'run-all'] as const)('is planDue while nothing was set back: %s', (policy) => {
    const rules = missedRules(policy);
    for (const nowMs of [at(9), at(10), at(11.5)]) {
      const of = situation(at(9), nowMs);
      expect(planPass(hourly, rules, { ...of, repeat: undefined })).toEqual(planDue(hourly, rules, of));
    }
  });

  // When it is, with the cursor at 09:00. Earlier passes came to 12:00.
  test.each([
    ['on time, it runs again', NEAR, at(10), { at: at(10), missed: undefined, passed: undefined }],
    ['missed, it counts as run', NEAR, at(11.5), { at: undefined, missed: undefined, passed: at(11) }],
    ['missed, and the next is on time', NEAR, at(11), { at: at(11), missed: undefined, passed: at(10) }],
    ['missed beyond what ran', NEAR, at(14.5), { at: at(14), missed: 2, passed: at(12) }],
    ['missed in a new calendar', FAR, at(11.5), { at: at(11), missed: 2, passed: undefined }],
    ['missed, and the clock is where it was', FAR, at(13.5), { at: at(13), missed: 1, passed: at(12) }],
  ])('%s', (_what, repeat, nowMs, expected) => {
    const { run, passedMs } = planPass(hourly, missedRules('run-once'), { ...situation(at(9), nowMs), repeat });
    expect({ at: run?.scheduledAtMs, missed: run?.missedCount, passed: passedMs }).toEqual(expected);
  });

  test('counts nothing of what ran before as skipped', () => {
    const plan = planPass(hourly, missedRules('skip'), { ...situation(at(9), at(14.5)), repeat: NEAR });
    expect(plan.skipped).toMatchObject([{ fromMs: at(13), untilMs: at(14), count: 2 }]);
  });

  test('lets a lost run wait for its occurrence, and then makes up for it', () => {
    const owed = { runId: 'lost', scheduledAtMs: at(11) };
    const plan = (nowMs: number) =>
      planPass(hourly, missedRules('run-all'), { ...situation(at(9), nowMs, { owed }), repeat: NEAR });
    expect(plan(at(10)).run).toMatchObject({ scheduledAtMs: at(10), trigger: 'clock' });
    expect(plan(at(11.5)).run).toMatchObject({ scheduledAtMs: at(11), recoveryOf: 'lost' });
  });
});
